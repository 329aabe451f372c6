package io.longhaul.engine;

import static com.tngtech.archunit.base.DescribedPredicate.doNot;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the engine may depend on, and the one way through its packages. */
class EngineRulesTest {
  private static final String ROOT = "io.longhaul.engine";

  /** A package uses those before it. The root package, the API, may use all. */
  private static final List<String> ORDER =
      List.of(
          "json",
          "tensor",
          "file",
          "text",
          "kernel",
          "cache",
          "model",
          "generate",
          "convert",
          "plan");

  private static final JavaClasses ENGINE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  @Test
  void dependsOnTheJdkAndJacksonCoreAlone() {
    classes()
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "java..",
                "com.sun.management..",
                "jdk.incubator.vector..",
                ROOT + "..",
                "tools.jackson.core.."))
        .check(ENGINE);
  }

  @Test
  void readsJsonInOnePlace() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + ".json..", ROOT + ".file..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("tools.jackson..")
        .check(ENGINE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"json", "tensor", "file", "text", "kernel", "cache", "model", "convert", "plan"})
  void packagesUseThoseBeforeThem(String name) {
    List<String> later = new ArrayList<>();
    for (String other : ORDER.subList(ORDER.indexOf(name) + 1, ORDER.size())) {
      later.add(ROOT + "." + other + "..");
    }
    noClasses()
        .that()
        .resideInAPackage(ROOT + "." + name + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(later.toArray(String[]::new))
        .check(ENGINE);
  }

  /** What all may use is the exception, and what an answer or a session may be. */
  @ParameterizedTest
  @ValueSource(
      strings = {"json", "tensor", "file", "text", "kernel", "cache", "model", "convert", "plan"})
  void packagesUseNothingElseOfTheApi(String name) {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "." + name + "..")
        .should()
        .dependOnClassesThat(API.and(doNot(BE_SHARED)))
        .check(ENGINE);
  }

  private static final DescribedPredicate<JavaClass> API =
      DescribedPredicate.describe(
          "are of the API", javaClass -> javaClass.getPackageName().equals(ROOT));

  private static final DescribedPredicate<JavaClass> BE_SHARED =
      DescribedPredicate.describe(
          "be shared",
          javaClass ->
              javaClass.isEquivalentTo(ModelException.class)
                  || javaClass.getSimpleName().endsWith("Options"));

  /** The vector kernels are chosen in one place; nobody else knows them. */
  @Test
  void onlyTheKernelsKnowTheVectorApi() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".kernel..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jdk.incubator.vector..", ROOT + ".kernel.vector..")
        .check(ENGINE);
  }
}

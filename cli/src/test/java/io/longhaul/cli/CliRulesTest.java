package io.longhaul.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The commands stand on the engine, and the engine does not know them. */
class CliRulesTest {
  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.longhaul");

  @Test
  void theEngineKnowsNoCommands() {
    noClasses()
        .that()
        .resideInAPackage("io.longhaul.engine..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.longhaul.cli..", "picocli..", "org.jline..")
        .check(ALL);
  }
}

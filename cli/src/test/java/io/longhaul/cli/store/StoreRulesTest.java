package io.longhaul.cli.store;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The store is an API of its own: it knows neither the commands nor their library. */
class StoreRulesTest {
  @Test
  void theStoreKnowsNoCommands() {
    noClasses()
        .that()
        .resideInAPackage("io.longhaul.cli.store")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.longhaul.cli", "picocli..", "org.jline..")
        .check(
            new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.longhaul.cli"));
  }
}

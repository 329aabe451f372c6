package io.longhaul.cli;

import io.longhaul.engine.Reasoning;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How much a model reasons, as it is named on the command line. */
final class ReasoningName implements ITypeConverter<Reasoning> {
  @Override
  public Reasoning convert(String name) {
    return switch (name) {
      case "max" -> Reasoning.MAX;
      case "high" -> Reasoning.HIGH;
      case "off" -> Reasoning.OFF;
      default -> throw new TypeConversionException("'" + name + "' is not max, high or off");
    };
  }
}

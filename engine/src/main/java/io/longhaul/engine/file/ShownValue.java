package io.longhaul.engine.file;

import java.lang.reflect.Array;
import java.util.StringJoiner;

/** Shortened text of a metadata value. */
final class ShownValue {
  private static final int TEXT_LENGTH = 100;
  private static final int ELEMENTS = 6;
  private static final int ELEMENT_LENGTH = 24;

  private ShownValue() {}

  /** The value on one line; of an array, its first elements and its length. */
  static String of(Object value) {
    return of(value, TEXT_LENGTH);
  }

  private static String of(Object value, int textLength) {
    if (value.getClass().isArray()) {
      return array(value);
    }
    return switch (value) {
      case String text -> Shown.text(text, textLength);
      case Double number -> number(number);
      default -> value.toString();
    };
  }

  private static String array(Object array) {
    int length = Array.getLength(array);
    var shown = new StringJoiner(", ", "[", length > ELEMENTS ? ", … " + length + " in all]" : "]");
    for (int i = 0; i < Math.min(length, ELEMENTS); i++) {
      shown.add(of(Array.get(array, i), ELEMENT_LENGTH));
    }
    return shown.toString();
  }

  /** Most floats of a file have 32 bits: 1.0E-5 is shown, not 9.999999747378752E-6. */
  private static String number(double number) {
    float single = (float) number;
    return single == number ? Float.toString(single) : Double.toString(number);
  }
}

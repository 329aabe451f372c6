package io.longhaul.engine.file;

import java.util.List;

/**
 * An array for {@link GgufWriter}: its elements and their type, which an empty one has too.
 *
 * @param elements of the Java type that {@link GgufWriter#put} asks for
 */
public record GgufArray(GgufType elementType, List<?> elements) {
  public GgufArray {
    elements = List.copyOf(elements);
  }
}

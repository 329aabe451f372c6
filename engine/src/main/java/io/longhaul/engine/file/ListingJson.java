package io.longhaul.engine.file;

import java.io.OutputStream;
import java.math.BigInteger;
import java.util.function.Consumer;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/** Writes JSON objects whose values are those of {@link Metadata}. */
final class ListingJson implements AutoCloseable {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  private final JsonGenerator out;

  ListingJson(OutputStream stream) {
    out = FACTORY.createGenerator(ObjectWriteContext.empty(), stream, JsonEncoding.UTF8);
  }

  void object(Runnable fields) {
    out.writeStartObject();
    fields.run();
    out.writeEndObject();
  }

  void object(String name, Runnable fields) {
    out.writeName(name);
    object(fields);
  }

  <T> void array(String name, Iterable<T> elements, Consumer<T> writer) {
    out.writeName(name);
    out.writeStartArray();
    elements.forEach(writer);
    out.writeEndArray();
  }

  void field(String name, Object value) {
    out.writeName(name);
    value(value);
  }

  private void value(Object value) {
    switch (value) {
      case String text -> out.writeString(text);
      case Boolean bool -> out.writeBoolean(bool);
      case Long number -> out.writeNumber(number);
      case BigInteger number -> out.writeNumber(number);
      case Double number -> number(number);
      case long[] numbers -> out.writeArray(numbers, 0, numbers.length);
      case double[] numbers -> {
        out.writeStartArray();
        for (double number : numbers) {
          number(number);
        }
        out.writeEndArray();
      }
      case boolean[] bools -> {
        out.writeStartArray();
        for (boolean bool : bools) {
          out.writeBoolean(bool);
        }
        out.writeEndArray();
      }
      // Of strings, of large integers, or of arrays.
      case Object[] values -> {
        out.writeStartArray();
        for (Object element : values) {
          value(element);
        }
        out.writeEndArray();
      }
      default -> throw new IllegalArgumentException("not a metadata value: " + value.getClass());
    }
  }

  private void number(double number) {
    if (Double.isFinite(number)) {
      out.writeNumber(number);
    } else {
      out.writeString(Double.toString(number));
    }
  }

  @Override
  public void close() {
    out.close();
  }
}

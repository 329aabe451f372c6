package io.longhaul.engine.file;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;

/**
 * One change of a file's bytes. Positions and indexes are any number from 0: they are taken modulo
 * what there is.
 */
sealed interface ByteMutation {
  /** The file and the places of its fields and sections before any change. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Subject(byte[] bytes, List<GgufBytes.Field> fields, List<GgufBytes.Section> sections) {
    Subject with(byte[] changed) {
      return new Subject(changed, fields, sections);
    }
  }

  byte[] apply(Subject subject);

  /** Overwrites a count, a length, a type, a dimension, an offset or a value. */
  record SetField(int index, long value) implements ByteMutation {
    @Override
    public byte[] apply(Subject subject) {
      GgufBytes.Field field = subject.fields().get(index % subject.fields().size());
      byte[] bytes = subject.bytes().clone();
      for (int i = 0; i < field.size() && field.offset() + i < bytes.length; i++) {
        bytes[field.offset() + i] = (byte) (value >> (8 * i));
      }
      return bytes;
    }
  }

  record SetByte(int position, byte value) implements ByteMutation {
    @Override
    public byte[] apply(Subject subject) {
      byte[] bytes = subject.bytes().clone();
      if (bytes.length > 0) {
        bytes[position % bytes.length] = value;
      }
      return bytes;
    }
  }

  record FlipBit(int position, int bit) implements ByteMutation {
    @Override
    public byte[] apply(Subject subject) {
      byte[] bytes = subject.bytes().clone();
      if (bytes.length > 0) {
        bytes[position % bytes.length] ^= (byte) (1 << (bit % 8));
      }
      return bytes;
    }
  }

  record Cut(int position) implements ByteMutation {
    @Override
    public byte[] apply(Subject subject) {
      return Arrays.copyOf(subject.bytes(), position % (subject.bytes().length + 1));
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Insert(int position, byte[] inserted) implements ByteMutation {
    @Override
    public byte[] apply(Subject subject) {
      return splice(subject.bytes(), position % (subject.bytes().length + 1), inserted);
    }
  }

  /** Repeats a metadata pair or a tensor description, and counts it if asked. */
  record DuplicateSection(int index, boolean counted) implements ByteMutation {
    @Override
    public byte[] apply(Subject subject) {
      if (subject.sections().isEmpty()) {
        return subject.bytes();
      }
      GgufBytes.Section section = subject.sections().get(index % subject.sections().size());
      byte[] bytes = subject.bytes().clone();
      if (bytes.length < section.end()) {
        return bytes;
      }
      if (counted) {
        bytes[section.countOffset()]++;
      }
      return splice(
          bytes, section.end(), Arrays.copyOfRange(bytes, section.start(), section.end()));
    }
  }

  private static byte[] splice(byte[] bytes, int at, byte[] inserted) {
    var out = new ByteArrayOutputStream();
    out.write(bytes, 0, at);
    out.writeBytes(inserted);
    out.write(bytes, at, bytes.length - at);
    return out.toByteArray();
  }
}

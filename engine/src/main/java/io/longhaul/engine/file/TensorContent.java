package io.longhaul.engine.file;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The bytes of a tensor, made when a file is written, so that no more than a part is ever held. */
@FunctionalInterface
public interface TensorContent {
  /** Writes every byte of the tensor once, in any order. */
  void writeTo(Sink sink) throws IOException;

  /** The tensor's place in the file; safe for use by several threads. */
  @FunctionalInterface
  interface Sink {
    /**
     * Writes all remaining bytes.
     *
     * @param offset of the first, from the tensor's start
     */
    void write(long offset, ByteBuffer bytes) throws IOException;
  }
}

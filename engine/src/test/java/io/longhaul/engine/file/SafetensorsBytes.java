package io.longhaul.engine.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Builds the bytes of a safetensors file, sound or not. */
final class SafetensorsBytes {
  private SafetensorsBytes() {}

  /** A file with this header, its true length before it, and so many bytes of data. */
  static byte[] of(String header, int dataBytes) {
    return of(header.getBytes(StandardCharsets.UTF_8), dataBytes);
  }

  static byte[] of(byte[] header, int dataBytes) {
    return of(header.length, header, dataBytes);
  }

  /** A file that claims any length of its header. */
  static byte[] of(long claimedLength, byte[] header, int dataBytes) {
    ByteBuffer file =
        ByteBuffer.allocate(Long.BYTES + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(claimedLength).put(header);
    for (int i = 0; i < dataBytes; i++) {
      file.put((byte) i);
    }
    return file.array();
  }

  /** The header of a small sound file with 52 bytes of data. */
  static final String SOUND =
      """
      {"__metadata__":{"format":"pt","note":"Gr\\u00fc\\u00dfe"},\
      "model.a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},\
      "model.b.weight":{"dtype":"BF16","shape":[2,2,2],"data_offsets":[24,40]},\
      "model.c.bias":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[40,44]},\
      "empty":{"dtype":"F32","shape":[0,4],"data_offsets":[44,44]},\
      "scalar":{"dtype":"I64","shape":[],"data_offsets":[44,52]}}\
      """;

  static final int SOUND_DATA_BYTES = 52;
}

package io.longhaul.engine.cache;

import io.longhaul.engine.cache.CacheLayout.Plane;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Caches with something in them, and their files. */
final class SavedCaches {
  /** A page has 1 KiB. */
  static final CacheLayout SMALL = CacheLayout.groupedQuery(1, 1, 2, TensorType.F16);

  static final ModelIdentity MODEL = new ModelIdentity("a.gguf (llama)", "ab".repeat(32));

  private SavedCaches() {}

  static int[] tokens(int count) {
    return IntStream.range(0, count).map(i -> i * 7 % 500).toArray();
  }

  static KvCache filled(CacheLayout layout, int length, int seed) {
    KvCache cache = new KvCache(layout);
    append(cache, length, seed);
    return cache;
  }

  /** Adds positions of random rows. */
  static void append(KvCache cache, int count, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    cache.reserve(count);
    List<Plane> planes = cache.layout().planes();
    try (Arena arena = Arena.ofConfined()) {
      for (int i = 0; i < planes.size(); i++) {
        int elements = planes.get(i).rows() * planes.get(i).columns();
        FloatMatrix row = FloatMatrix.allocate(arena, 1, elements);
        for (int p = cache.length(); p < cache.length() + count; p++) {
          for (int c = 0; c < elements; c++) {
            row.set(0, c, (float) random.nextDouble(-3, 3));
          }
          cache.write(i, p, row, 0, 0);
        }
      }
    }
    cache.advance(count);
  }

  /** The content of all pages. */
  static List<ByteBuffer> pages(KvCache cache) throws IOException {
    List<ByteBuffer> pages = new ArrayList<>();
    for (int i = 0; i < cache.pageCount(); i++) {
      cache.writePage(i, page -> pages.add(ByteBuffer.wrap(page.toArray(ValueLayout.JAVA_BYTE))));
    }
    return pages;
  }

  /** The bytes of a saved cache. */
  static byte[] file(Path folder, CacheLayout layout, int length) throws IOException {
    Path file = folder.resolve("bytes");
    try (KvCache cache = filled(layout, length, 1)) {
      CacheFile.write(file, MODEL, tokens(length), cache);
    }
    byte[] bytes = Files.readAllBytes(file);
    Files.delete(file);
    return bytes;
  }
}

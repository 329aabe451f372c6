package io.longhaul.engine.file;

import io.longhaul.engine.ModelException;
import java.util.function.Supplier;

/**
 * How much heap the headers of one model's files may take once they are Java objects.
 *
 * <p>That the bytes of a claimed count are present does not make it harmless: one byte of a file
 * can become eight of an array or two hundred of a tensor's description, and a hole in a sparse
 * file holds as many empty strings as one likes. Real headers take under 100 MiB; the limit is 512
 * MiB, or half the heap if that is less.
 */
final class HeaderBudget {
  private static final long LIMIT = 512L << 20;

  private final long limit = Math.min(LIMIT, Runtime.getRuntime().maxMemory() / 2);
  private long left = limit;

  /**
   * Takes what {@code count} objects need, before they are made.
   *
   * @param file that they come from, for the message
   * @param what is about to be read, for the message
   */
  void take(String file, long count, long bytesEach, Supplier<String> what) {
    if (count > left / bytesEach) {
      throw new ModelException(
          "%s: %s: %d items would take the header over %d MiB of memory; the file is damaged, or Java needs a larger heap (-Xmx)"
              .formatted(file, what.get(), count, limit >> 20));
    }
    left -= count * bytesEach;
  }
}

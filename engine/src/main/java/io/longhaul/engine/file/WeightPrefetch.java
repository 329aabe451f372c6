package io.longhaul.engine.file;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks for weights as soon as it is known that they will be multiplied, so that the device reads
 * the later ones while the first are at work; and counts.
 *
 * <p>A page fault stops a thread of the kernels until its page is read, and the thread cannot ask
 * for the next one meanwhile: the device idles while they compute, and they idle while it reads. A
 * thread of its own makes the requests, because they block where the device's queue is full. The
 * latest request counts: when a layer's experts are chosen, those of the layer before are done.
 *
 * <p>One for a model, for any number of its sessions; to be closed before the files.
 */
public final class WeightPrefetch implements AutoCloseable {
  private final PageCache pageCache;
  private final long limit;
  private final Thread thread;
  private final LongAdder experts = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder requestedBytes = new LongAdder();
  private final LongAdder refusedRequests = new LongAdder();
  private final LongAdder countedPages = new LongAdder();
  private final LongAdder pagesInMemory = new LongAdder();
  private final boolean prefetching;
  private volatile Request latest = Request.NONE;
  private volatile boolean counting;
  private volatile boolean closed;

  /** Weights to be read, in the order of their use; the same only as itself. */
  private static final class Request {
    static final Request NONE = new Request(List.of());

    private final List<MemorySegment> parts;

    Request(List<MemorySegment> parts) {
      this.parts = parts;
    }
  }

  /**
   * @param file whose tensors the weights are
   * @param prefetching whether to ask for them; else they are counted alone
   * @param limit most bytes to ask for at once: what is read too early drives out what is needed
   */
  public WeightPrefetch(ModelFile file, boolean prefetching, long limit) {
    this(new PageCache(file.mappings()), prefetching, limit);
  }

  WeightPrefetch(PageCache pageCache, boolean prefetching, long limit) {
    this.pageCache = pageCache;
    this.prefetching = prefetching && pageCache.isSupported();
    this.limit = limit;
    this.thread = Thread.ofPlatform().daemon().name("longhaul-prefetch").unstarted(this::loop);
    if (this.prefetching) {
      thread.start();
    }
  }

  /**
   * The weights of some experts will be multiplied next.
   *
   * @param count of the experts
   * @param parts their matrices, in the order of their use
   */
  public void chosen(int count, List<MemorySegment> parts) {
    experts.add(count);
    for (MemorySegment part : parts) {
      bytes.add(part.byteSize());
    }
    if (counting) {
      parts.forEach(this::count);
    }
    if (prefetching) {
      latest = new Request(parts);
      LockSupport.unpark(thread);
    }
  }

  private void count(MemorySegment part) {
    OptionalLong found = pageCache.pagesInMemory(part);
    if (found.isPresent()) {
      countedPages.add(pageCache.pages(part));
      pagesInMemory.add(found.getAsLong());
    }
  }

  /** Whether to count, from now on, the pages that are found in memory; it takes some time. */
  public void countPages(boolean value) {
    counting = value;
  }

  /** What the experts took so far. */
  public PrefetchStatistics statistics() {
    return new PrefetchStatistics(
        prefetching,
        experts.sum(),
        bytes.sum(),
        requestedBytes.sum(),
        refusedRequests.sum(),
        countedPages.sum(),
        pagesInMemory.sum());
  }

  private void loop() {
    Request seen = Request.NONE;
    while (!closed) {
      Request request = latest;
      if (request == seen) {
        LockSupport.park(this);
      } else {
        readAhead(request);
        seen = request;
      }
    }
  }

  private void readAhead(Request request) {
    long left = limit;
    for (MemorySegment part : request.parts) {
      left -= part.byteSize();
      if (left < 0 || !isWanted(request)) {
        return;
      }
      requestedBytes.add(part.byteSize());
      refusedRequests.add(pageCache.readAhead(part, () -> isWanted(request)));
    }
  }

  private boolean isWanted(Request request) {
    return request == latest && !closed;
  }

  /** Ends the thread, so that the files can be closed. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

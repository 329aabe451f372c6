package io.longhaul.engine.file;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads weights as soon as it is known that they will be multiplied, so that the device reads the
 * later ones while the first are at work; and counts.
 *
 * <p>A page fault stops a thread of the kernels until its page is read, and the thread cannot ask
 * for the next one meanwhile: the device idles while they compute, and they idle while it reads. So
 * threads of their own read, two of them, each a matrix: a single one waits for the device as well.
 * The latest request counts: when a layer's experts are chosen, those of the layer before are done.
 *
 * <p>One for a model, for any number of its sessions; to be closed before the files.
 */
public final class WeightPrefetch implements AutoCloseable {
  private final PageCache pageCache;
  private final long limit;
  private final List<Thread> threads;
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
    private final AtomicInteger next = new AtomicInteger();

    Request(List<MemorySegment> parts) {
      this.parts = parts;
    }

    /** What nobody else has taken, or empty when all has been. */
    Optional<MemorySegment> take() {
      int i = next.getAndIncrement();
      return i < parts.size() ? Optional.of(parts.get(i)) : Optional.empty();
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
    var builder = Thread.ofPlatform().daemon().name("longhaul-prefetch-", 0);
    this.threads =
        this.prefetching
            ? List.of(builder.unstarted(this::loop), builder.unstarted(this::loop))
            : List.of();
    threads.forEach(Thread::start);
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
      latest = new Request(withinLimit(parts));
      threads.forEach(LockSupport::unpark);
    }
  }

  private List<MemorySegment> withinLimit(List<MemorySegment> parts) {
    long sum = 0;
    for (int i = 0; i < parts.size(); i++) {
      sum += parts.get(i).byteSize();
      if (sum > limit) {
        return parts.subList(0, i);
      }
    }
    return parts;
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
        fetch(request);
        seen = request;
      }
    }
  }

  private void fetch(Request request) {
    Optional<MemorySegment> part = request.take();
    while (part.isPresent() && isWanted(request)) {
      requestedBytes.add(part.get().byteSize());
      refusedRequests.add(pageCache.fetch(part.get(), () -> isWanted(request)));
      part = request.take();
    }
  }

  private boolean isWanted(Request request) {
    return request == latest && !closed;
  }

  /** Ends the threads, so that the files can be closed. */
  @Override
  public void close() {
    closed = true;
    threads.forEach(LockSupport::unpark);
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

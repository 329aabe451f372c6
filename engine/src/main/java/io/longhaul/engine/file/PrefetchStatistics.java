package io.longhaul.engine.file;

/**
 * What the experts of a model's passes took so far.
 *
 * @param prefetching whether their weights are asked for ahead
 * @param experts chosen, each counted once a layer and pass
 * @param bytes of their weights
 * @param requestedBytes of them asked for ahead
 * @param refusedRequests that the operating system did not take
 * @param countedPages on which the weights lie, while pages were counted
 * @param pagesInMemory of the counted ones, at the moment of the choice
 */
public record PrefetchStatistics(
    boolean prefetching,
    long experts,
    long bytes,
    long requestedBytes,
    long refusedRequests,
    long countedPages,
    long pagesInMemory) {
  /** What has come since an earlier moment. */
  public PrefetchStatistics since(PrefetchStatistics earlier) {
    return new PrefetchStatistics(
        prefetching,
        experts - earlier.experts,
        bytes - earlier.bytes,
        requestedBytes - earlier.requestedBytes,
        refusedRequests - earlier.refusedRequests,
        countedPages - earlier.countedPages,
        pagesInMemory - earlier.pagesInMemory);
  }

  /** Of the counted pages, the share that was in memory; NaN if none was counted. */
  public double shareInMemory() {
    return (double) pagesInMemory / countedPages;
  }
}

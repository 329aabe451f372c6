package io.longhaul.engine;

import io.longhaul.engine.file.Prefetch;
import io.longhaul.engine.kernel.KernelChoice;

/**
 * How a model is run.
 *
 * @param threads that compute together
 * @param kernels which twin of the arithmetic
 * @param referenceEpsilons whether the norms of latents take the epsilon of 1e-6 that transformers
 *     builds them with, even where a model's configuration says otherwise; for comparisons with it
 * @param prefetch whether the weights of chosen experts are asked for before they are needed
 */
public record LoadOptions(
    int threads, KernelChoice kernels, boolean referenceEpsilons, Prefetch prefetch) {
  public LoadOptions {
    if (threads < 1) {
      throw new ModelException("threads is " + threads + ", expected at least 1");
    }
  }

  public LoadOptions(int threads, KernelChoice kernels) {
    this(threads, kernels, false);
  }

  public LoadOptions(int threads, KernelChoice kernels, boolean referenceEpsilons) {
    this(threads, kernels, referenceEpsilons, Prefetch.AUTO);
  }

  /** All processors, the fastest kernels, prefetch where the memory is too small for the model. */
  public static LoadOptions defaults() {
    return new LoadOptions(Runtime.getRuntime().availableProcessors(), KernelChoice.AUTO);
  }

  public LoadOptions withThreads(int value) {
    return new LoadOptions(value, kernels, referenceEpsilons, prefetch);
  }

  public LoadOptions withKernels(KernelChoice value) {
    return new LoadOptions(threads, value, referenceEpsilons, prefetch);
  }

  public LoadOptions withReferenceEpsilons(boolean value) {
    return new LoadOptions(threads, kernels, value, prefetch);
  }

  public LoadOptions withPrefetch(Prefetch value) {
    return new LoadOptions(threads, kernels, referenceEpsilons, value);
  }
}

package io.longhaul.engine;

import io.longhaul.engine.kernel.KernelChoice;

/**
 * How a model is run.
 *
 * @param threads that compute together
 * @param kernels which twin of the arithmetic
 * @param referenceEpsilons whether the norms of latents take the epsilon of 1e-6 that transformers
 *     builds them with, even where a model's configuration says otherwise; for comparisons with it
 */
public record LoadOptions(int threads, KernelChoice kernels, boolean referenceEpsilons) {
  public LoadOptions {
    if (threads < 1) {
      throw new ModelException("threads is " + threads + ", expected at least 1");
    }
  }

  public LoadOptions(int threads, KernelChoice kernels) {
    this(threads, kernels, false);
  }

  /** All processors, the fastest kernels. */
  public static LoadOptions defaults() {
    return new LoadOptions(Runtime.getRuntime().availableProcessors(), KernelChoice.AUTO, false);
  }

  public LoadOptions withThreads(int value) {
    return new LoadOptions(value, kernels, referenceEpsilons);
  }

  public LoadOptions withKernels(KernelChoice value) {
    return new LoadOptions(threads, value, referenceEpsilons);
  }

  public LoadOptions withReferenceEpsilons(boolean value) {
    return new LoadOptions(threads, kernels, value);
  }
}

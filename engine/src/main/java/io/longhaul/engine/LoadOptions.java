package io.longhaul.engine;

import io.longhaul.engine.kernel.KernelChoice;

/**
 * How a model is run.
 *
 * @param threads that compute together
 * @param kernels which twin of the arithmetic
 */
public record LoadOptions(int threads, KernelChoice kernels) {
  public LoadOptions {
    if (threads < 1) {
      throw new ModelException("threads is " + threads + ", expected at least 1");
    }
  }

  /** All processors, the fastest kernels. */
  public static LoadOptions defaults() {
    return new LoadOptions(Runtime.getRuntime().availableProcessors(), KernelChoice.AUTO);
  }

  public LoadOptions withThreads(int value) {
    return new LoadOptions(value, kernels);
  }

  public LoadOptions withKernels(KernelChoice value) {
    return new LoadOptions(threads, value);
  }
}

package io.longhaul.engine;

import io.longhaul.engine.kernel.KernelChoice;

/**
 * How a model is run.
 *
 * @param threads that compute together
 * @param kernels which twin of the arithmetic
 * @param activations how precise they are where they meet quantized weights
 */
public record LoadOptions(int threads, KernelChoice kernels, ActivationPrecision activations) {
  public LoadOptions {
    if (threads < 1) {
      throw new ModelException("threads is " + threads + ", expected at least 1");
    }
  }

  /** All processors, the fastest kernels. */
  public static LoadOptions defaults() {
    return new LoadOptions(
        Runtime.getRuntime().availableProcessors(), KernelChoice.AUTO, ActivationPrecision.AUTO);
  }

  public LoadOptions withThreads(int value) {
    return new LoadOptions(value, kernels, activations);
  }

  public LoadOptions withKernels(KernelChoice value) {
    return new LoadOptions(threads, value, activations);
  }

  public LoadOptions withActivations(ActivationPrecision value) {
    return new LoadOptions(threads, kernels, value);
  }

  boolean roundsActivations() {
    return switch (activations) {
      case AUTO -> kernels != KernelChoice.SCALAR;
      case F32 -> false;
      case Q8 -> true;
    };
  }
}

package io.longhaul.engine.plan;

import java.util.List;

/** Sizes of the files that are published for a model, which are mixtures of types. */
public final class PublishedSizes {
  /**
   * One of them.
   *
   * @param bytes to the precision that is published, a billion
   */
  public record Quantization(String name, long bytes) {
    private static Quantization ofGigabytes(String name, long gigabytes) {
      return new Quantization(name, gigabytes * 1_000_000_000);
    }
  }

  private static final List<Quantization> GLM_5_2 =
      List.of(
          Quantization.ofGigabytes("IQ1_S", 217),
          Quantization.ofGigabytes("Q2_K_XL", 254),
          Quantization.ofGigabytes("IQ4_XS", 365),
          Quantization.ofGigabytes("Q4_K_M", 466),
          Quantization.ofGigabytes("Q6_K", 626),
          new Quantization("FP8", 755_600_000_000L),
          Quantization.ofGigabytes("Q8_0", 801),
          Quantization.ofGigabytes("BF16", 1508));

  private PublishedSizes() {}

  /** From small to large; empty for a model of which none are known. */
  public static List<Quantization> of(ModelStructure model) {
    return isGlm52(model) ? GLM_5_2 : List.of();
  }

  /** GLM-5 and 5.1 have the same layers, but another context; their files differ little. */
  private static boolean isGlm52(ModelStructure model) {
    return (model.architecture().equals("glm_moe_dsa") || model.architecture().equals("glm-dsa"))
        && model.layers() == 78
        && model.hiddenSize() == 6144
        && model.experts() == 256
        && model.contextLength() == 1 << 20;
  }
}

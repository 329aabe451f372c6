package io.longhaul.engine.model;

import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.kernel.Compute.Product;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;

/**
 * The gated feed-forward block (Shazeer 2020): {@code down · (activation(gate x) · up x)}.
 *
 * @param gate {@code intermediate × hidden}
 * @param up as gate
 * @param down {@code hidden × intermediate}
 */
record GatedMlp(Activation activation, Weights gate, Weights up, Weights down, Biases biases)
    implements FeedForward {
  /** The gate's function. */
  enum Activation {
    SILU,
    /** The tanh form of GELU. */
    GELU_TANH
  }

  /** Biases of the three projections; most checkpoints have none. */
  record Biases(Optional<FloatMatrix> gate, Optional<FloatMatrix> up, Optional<FloatMatrix> down) {}

  /** Work buffers, {@code tokens × intermediate}. */
  record Buffers(FloatMatrix gate, FloatMatrix up) {
    static Buffers allocate(Arena arena, int tokens, int intermediate) {
      return new Buffers(
          FloatMatrix.allocate(arena, tokens, intermediate),
          FloatMatrix.allocate(arena, tokens, intermediate));
    }
  }

  static GatedMlp load(
      Checkpoint checkpoint, String block, int hidden, int intermediate, Activation activation) {
    return load(checkpoint, block, "", hidden, intermediate, activation);
  }

  /**
   * Takes the three matrices from a checkpoint.
   *
   * @param kind what follows the names: {@code "_shexp"} for a shared expert
   */
  static GatedMlp load(
      Checkpoint checkpoint,
      String block,
      String kind,
      int hidden,
      int intermediate,
      Activation activation) {
    String gate = block + "ffn_gate" + kind;
    String up = block + "ffn_up" + kind;
    String down = block + "ffn_down" + kind;
    return new GatedMlp(
        activation,
        checkpoint.matrix(gate + ".weight", intermediate, hidden),
        checkpoint.matrix(up + ".weight", intermediate, hidden),
        checkpoint.matrix(down + ".weight", hidden, intermediate),
        new Biases(
            checkpoint.optionalVector(gate + ".bias", intermediate),
            checkpoint.optionalVector(up + ".bias", intermediate),
            checkpoint.optionalVector(down + ".bias", hidden)));
  }

  @Override
  public void forward(
      Compute compute,
      FloatMatrix x,
      int tokens,
      FeedForwardBuffers buffers,
      RoutingListener listener,
      FloatMatrix out) {
    Buffers b = buffers.dense();
    compute.multiply(gateAndUp(x, tokens, b));
    activate(compute, tokens, b);
    compute.multiply(List.of(down(tokens, b, out)));
    biases.down.ifPresent(
        bias -> compute.forEachToken(tokens, t -> compute.kernels().add(out, t, bias, 0)));
  }

  /** The first two products. */
  List<Product> gateAndUp(FloatMatrix x, int tokens, Buffers b) {
    return List.of(new Product(gate, x, tokens, b.gate), new Product(up, x, tokens, b.up));
  }

  /** {@code gate = activation(gate) · up}. */
  void activate(Compute compute, int tokens, Buffers b) {
    compute.forEachToken(
        tokens,
        t -> {
          biases.gate.ifPresent(bias -> compute.kernels().add(b.gate, t, bias, 0));
          biases.up.ifPresent(bias -> compute.kernels().add(b.up, t, bias, 0));
          switch (activation) {
            case SILU -> compute.kernels().siluMultiply(b.gate, b.up, t);
            case GELU_TANH -> compute.kernels().geluMultiply(b.gate, b.up, t);
          }
        });
  }

  /** The last product, of what {@link #activate} has left. */
  Product down(int tokens, Buffers b, FloatMatrix out) {
    return new Product(down, b.gate, tokens, out);
  }
}

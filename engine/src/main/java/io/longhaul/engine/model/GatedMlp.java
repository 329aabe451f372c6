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
record GatedMlp(Activation activation, Weights gate, Weights up, Weights down, Biases biases) {
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
    return new GatedMlp(
        activation,
        checkpoint.matrix(block + "ffn_gate.weight", intermediate, hidden),
        checkpoint.matrix(block + "ffn_up.weight", intermediate, hidden),
        checkpoint.matrix(block + "ffn_down.weight", hidden, intermediate),
        new Biases(
            checkpoint.optionalVector(block + "ffn_gate.bias", intermediate),
            checkpoint.optionalVector(block + "ffn_up.bias", intermediate),
            checkpoint.optionalVector(block + "ffn_down.bias", hidden)));
  }

  void forward(Compute compute, FloatMatrix x, int tokens, Buffers b, FloatMatrix out) {
    compute.multiply(x, tokens, List.of(new Product(gate, b.gate), new Product(up, b.up)));
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
    compute.multiply(down, b.gate, tokens, out);
    biases.down.ifPresent(
        bias -> compute.forEachToken(tokens, t -> compute.kernels().add(out, t, bias, 0)));
  }
}

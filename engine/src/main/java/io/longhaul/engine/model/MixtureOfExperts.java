package io.longhaul.engine.model;

import io.longhaul.engine.file.WeightPrefetch;
import io.longhaul.engine.kernel.Compute;
import io.longhaul.engine.kernel.Compute.Product;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.model.GatedMlp.Activation;
import io.longhaul.engine.model.Router.Choice;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A mixture of experts (Shazeer et al. 2017; DeepSeek-V3, 2024): each token passes a few gated
 * blocks that a router chooses, and one that all share: {@code out = Σ_e weight[e] · expert[e](x) +
 * shared(x)}.
 *
 * <p>The tokens of a pass are grouped by expert, so that an expert's weights are read once. A
 * token's outputs are summed in the order of its choice, whatever tokens share the pass.
 *
 * <p>Experts' weights may lie on the disk alone. So they are asked for as soon as the router has
 * chosen, and the shared expert's, which every token reads, are multiplied first.
 *
 * @param gate {@code experts × hidden}: the router's logits
 * @param prefetch is told which experts were chosen
 */
record MixtureOfExperts(
    Router router,
    Weights gate,
    List<Expert> experts,
    Optional<GatedMlp> shared,
    WeightPrefetch prefetch)
    implements FeedForward {

  /** One expert's three matrices. */
  record Expert(Weights gate, Weights up, Weights down) {}

  /**
   * Work buffers. A slot is one of a token's experts; slots lie expert by expert.
   *
   * @param logits {@code tokens × experts}
   * @param inputs {@code slots × hidden}; later the experts' outputs
   * @param gate {@code slots × intermediate}
   * @param up as gate
   */
  record Buffers(FloatMatrix logits, FloatMatrix inputs, FloatMatrix gate, FloatMatrix up) {
    static Buffers allocate(Arena arena, int tokens, int hidden, ExpertsConfig config) {
      int slots = Math.multiplyExact(tokens, config.perToken());
      return new Buffers(
          FloatMatrix.allocate(arena, tokens, config.count()),
          FloatMatrix.allocate(arena, slots, hidden),
          FloatMatrix.allocate(arena, slots, config.intermediateSize()),
          FloatMatrix.allocate(arena, slots, config.intermediateSize()));
    }
  }

  static MixtureOfExperts load(Checkpoint file, String block, int hidden, ExpertsConfig config) {
    int intermediate = config.intermediateSize();
    List<Weights> gates = file.experts(block, "gate", config.count(), intermediate, hidden);
    List<Weights> ups = file.experts(block, "up", config.count(), intermediate, hidden);
    List<Weights> downs = file.experts(block, "down", config.count(), hidden, intermediate);
    List<Expert> experts = new ArrayList<>();
    for (int e = 0; e < config.count(); e++) {
      experts.add(new Expert(gates.get(e), ups.get(e), downs.get(e)));
    }
    Optional<GatedMlp> shared =
        config.sharedIntermediateSize() == 0
            ? Optional.empty()
            : Optional.of(
                GatedMlp.load(
                    file,
                    block,
                    "_shexp",
                    hidden,
                    config.sharedIntermediateSize(),
                    Activation.SILU));
    Optional<float[]> bias =
        file.optionalVector(block + "exp_probs_b.bias", config.count()).map(v -> v.row(0));
    return new MixtureOfExperts(
        new Router(config, bias),
        file.matrix(block + "ffn_gate_inp.weight", config.count(), hidden),
        experts,
        shared,
        file.prefetch());
  }

  @Override
  public void forward(
      Compute compute,
      FloatMatrix x,
      int tokens,
      FeedForwardBuffers buffers,
      RoutingListener listener,
      FloatMatrix out) {
    Buffers b = buffers.experts().orElseThrow();
    GatedMlp.Buffers sharedBuffers = buffers.shared().orElse(buffers.dense());
    compute.multiply(gate, x, tokens, b.logits);
    List<Choice> choices = new ArrayList<>();
    for (int t = 0; t < tokens; t++) {
      Choice choice = router.choose(b.logits, t);
      listener.routed(t, choice.experts(), choice.weights());
      choices.add(choice);
    }
    Slots slots = Slots.of(choices, experts.size());
    prefetch(slots.used());

    compute.forEachToken(tokens, t -> slots.gather(x, t, b.inputs));
    List<Product> products = new ArrayList<>();
    shared.ifPresent(mlp -> products.addAll(mlp.gateAndUp(x, tokens, sharedBuffers)));
    for (int e : slots.used()) {
      FloatMatrix inputs = slots.of(e, b.inputs);
      int n = slots.count(e);
      products.add(new Product(experts.get(e).gate, inputs, n, slots.of(e, b.gate)));
      products.add(new Product(experts.get(e).up, inputs, n, slots.of(e, b.up)));
    }
    compute.multiply(products);

    compute.forEachToken(slots.total(), slot -> compute.kernels().siluMultiply(b.gate, b.up, slot));
    shared.ifPresent(mlp -> mlp.activate(compute, tokens, sharedBuffers));

    products.clear();
    shared.ifPresent(mlp -> products.add(mlp.down(tokens, sharedBuffers, out)));
    for (int e : slots.used()) {
      products.add(
          new Product(
              experts.get(e).down, slots.of(e, b.gate), slots.count(e), slots.of(e, b.inputs)));
    }
    compute.multiply(products);

    compute.forEachToken(
        tokens,
        t -> {
          if (shared.isEmpty()) {
            out.clearRow(t);
          }
          Choice choice = choices.get(t);
          for (int i = 0; i < choice.experts().length; i++) {
            int slot = slots.slot(t, i);
            compute.kernels().addScaled(out, t, b.inputs, slot, choice.weights()[i]);
          }
        });
  }

  /** In the order of the products below. */
  private void prefetch(List<Integer> used) {
    List<MemorySegment> parts = new ArrayList<>();
    for (int e : used) {
      parts.add(experts.get(e).gate.data());
      parts.add(experts.get(e).up.data());
    }
    for (int e : used) {
      parts.add(experts.get(e).down.data());
    }
    prefetch.chosen(used.size(), parts);
  }

  /** The slots of a pass: which rows of the buffers belong to which expert and token. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Slots(int[] starts, int[][] ofToken, int total) {
    static Slots of(List<Choice> choices, int experts) {
      int[] starts = new int[experts + 1];
      for (Choice choice : choices) {
        for (int e : choice.experts()) {
          starts[e + 1]++;
        }
      }
      for (int e = 0; e < experts; e++) {
        starts[e + 1] += starts[e];
      }
      int[] next = starts.clone();
      int[][] ofToken = new int[choices.size()][];
      for (int t = 0; t < ofToken.length; t++) {
        int[] chosen = choices.get(t).experts();
        ofToken[t] = new int[chosen.length];
        for (int i = 0; i < chosen.length; i++) {
          ofToken[t][i] = next[chosen[i]]++;
        }
      }
      return new Slots(starts, ofToken, starts[experts]);
    }

    int count(int expert) {
      return starts[expert + 1] - starts[expert];
    }

    int slot(int token, int i) {
      return ofToken[token][i];
    }

    List<Integer> used() {
      List<Integer> used = new ArrayList<>();
      for (int e = 0; e + 1 < starts.length; e++) {
        if (count(e) > 0) {
          used.add(e);
        }
      }
      return used;
    }

    FloatMatrix of(int expert, FloatMatrix slots) {
      return slots.slice(starts[expert], count(expert));
    }

    void gather(FloatMatrix x, int token, FloatMatrix inputs) {
      for (int slot : ofToken[token]) {
        MemorySegment.copy(
            x.segment(),
            x.offset(token),
            inputs.segment(),
            inputs.offset(slot),
            (long) x.columns() * Float.BYTES);
      }
    }
  }
}

package io.longhaul.engine.plan;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.plan.PublishedSizes.Quantization;
import io.longhaul.engine.tensor.TensorType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What running a model on a machine will be like: memory, speed, and what to change.
 *
 * @param speeds at the beginning, and with the context full; empty if it cannot run
 * @param choices quantizations of the model, small ones first, and whether they fit
 * @param changes that would make it fit; empty if it does
 */
public record Plan(
    ModelShape shape,
    Machine machine,
    CacheRows cache,
    TensorType cacheType,
    long context,
    MemoryUse memory,
    List<Speed> speeds,
    List<Choice> choices,
    List<Change> changes) {

  /** The types that a model is offered in when no published files are known. */
  private static final List<TensorType> OFFERED =
      List.of(
          TensorType.IQ1_S,
          TensorType.IQ2_XXS,
          TensorType.Q2_K,
          TensorType.IQ3_XXS,
          TensorType.Q3_K,
          TensorType.IQ4_XS,
          TensorType.Q4_K,
          TensorType.Q5_K,
          TensorType.Q6_K,
          TensorType.Q8_0,
          TensorType.BF16);

  /**
   * A quantization of the model.
   *
   * @param published whether files of this size are published; if not, it is worked out as if all
   *     matrices had the type
   * @param needed bytes of memory, with the same cache and buffers
   */
  public record Choice(String name, boolean published, long bytes, long needed, boolean fits) {}

  public Plan {
    speeds = List.copyOf(speeds);
    choices = List.copyOf(choices);
    changes = List.copyOf(changes);
  }

  /**
   * Makes a plan.
   *
   * @param context tokens; 0 for all that the model was made for
   * @param cacheType of cached rows
   * @throws ModelException if the model was not made for so long a context
   */
  public static Plan of(ModelShape shape, Machine machine, long context, TensorType cacheType) {
    ModelStructure model = shape.structure();
    if (context < 0 || context > model.contextLength()) {
      throw new ModelException(
          "%s: a context of %d tokens; the model was made for 1 to %d"
              .formatted(model.source(), context, model.contextLength()));
    }
    long tokens = context == 0 ? model.contextLength() : context;
    try {
      return ofChecked(shape, machine, tokens, cacheType);
    } catch (ArithmeticException e) {
      throw new ModelException(
          model.source()
              + ": the bytes it would take do not fit into 64 bits; no such model exists",
          e);
    }
  }

  private static Plan ofChecked(
      ModelShape shape, Machine machine, long tokens, TensorType cacheType) {
    CacheRows cache = shape.structure().cache().withType(cacheType);
    MemoryUse memory = memory(shape, machine, cache, tokens);
    List<Choice> choices = choices(shape, memory);
    return new Plan(
        shape,
        machine,
        cache,
        cacheType,
        tokens,
        memory,
        memory.runs()
            ? Stream.of(0L, tokens).map(d -> Speed.of(shape, cache, memory, machine, d)).toList()
            : List.of(),
        choices,
        memory.fits() ? List.of() : changes(shape, machine, cache, cacheType, memory, choices));
  }

  private static MemoryUse memory(ModelShape shape, Machine machine, CacheRows cache, long tokens) {
    return new MemoryUse(
        shape.total().bytes(),
        shape.experts().bytes(),
        cache.bytes(tokens),
        WorkBuffers.bytes(shape, tokens, machine.processors()),
        WorkBuffers.RUNTIME,
        machine.memory().available());
  }

  private static List<Choice> choices(ModelShape shape, MemoryUse memory) {
    List<Quantization> published = PublishedSizes.of(shape.structure());
    if (!published.isEmpty()) {
      return published.stream().map(q -> choice(q.name(), true, q.bytes(), memory)).toList();
    }
    return OFFERED.stream()
        .map(type -> choice(type.name(), false, shape.quantized(type).total().bytes(), memory))
        .sorted(Comparator.comparingLong(Choice::bytes))
        .toList();
  }

  private static Choice choice(String name, boolean published, long bytes, MemoryUse memory) {
    long needed = Math.addExact(bytes, memory.held());
    return new Choice(name, published, bytes, needed, needed <= memory.available());
  }

  private static List<Change> changes(
      ModelShape shape,
      Machine machine,
      CacheRows cache,
      TensorType cacheType,
      MemoryUse memory,
      List<Choice> choices) {
    List<Change> changes = new ArrayList<>();
    changes.add(
        choices.stream()
            .filter(choice -> choice.fits() && choice.bytes() < memory.weights())
            .reduce((smaller, larger) -> larger)
            .<Change>map(Change.Quantize::new)
            .orElseGet(() -> new Change.NoneFits(choices.getFirst())));
    longestContext(shape, machine, cache, memory)
        .ifPresent(tokens -> changes.add(new Change.ShortenContext(tokens)));
    if (cacheType != TensorType.Q8_0) {
      TensorType narrower = cacheType == TensorType.F32 ? TensorType.F16 : TensorType.Q8_0;
      // By the token: a cache that is not filled yet has no bytes to compare.
      double share =
          (double) cache.withType(narrower).bytesPerToken() / Math.max(1, cache.bytesPerToken());
      long saved = Math.round(memory.cache() * (1 - share));
      boolean fits = memory.needed() - saved <= memory.available();
      changes.add(new Change.NarrowCache(narrower, saved, fits));
    }
    changes.add(new Change.AddMemory(memory.needed() - memory.available()));
    return changes;
  }

  private static Optional<Long> longestContext(
      ModelShape shape, Machine machine, CacheRows cache, MemoryUse memory) {
    long empty =
        memory.weights() + memory.runtime() + WorkBuffers.bytes(shape, 0, machine.processors());
    long perToken = cache.bytesPerToken() + WorkBuffers.bytesPerCachedToken(machine.processors());
    long tokens = (memory.available() - empty) / perToken;
    return tokens > 0 ? Optional.of(tokens) : Optional.empty();
  }
}

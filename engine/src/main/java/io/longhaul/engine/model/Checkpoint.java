package io.longhaul.engine.model;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.file.WeightPrefetch;
import io.longhaul.engine.kernel.BlockScales;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A model file seen by an architecture: tensors by their GGUF names, whatever the file calls them,
 * checked for the shape that the configuration promises.
 */
public final class Checkpoint {
  /** Where the hyper-parameters come from. */
  public sealed interface Source {
    /** A GGUF file's metadata. */
    record Gguf(Metadata metadata) implements Source {}

    /** A Hugging Face folder's config.json. */
    record HuggingFace(HfConfig config) implements Source {}
  }

  private final ModelFile file;
  private final Source source;
  private final Arena arena;
  private final UnaryOperator<String> names;
  private final boolean referenceEpsilons;
  private final WeightPrefetch prefetch;

  /**
   * Without a prefetch.
   *
   * @param arena owns what is decoded at load: norms and biases
   * @param referenceEpsilons see {@link #referenceEpsilons()}
   */
  public Checkpoint(ModelFile file, Source source, Arena arena, boolean referenceEpsilons) {
    this(file, source, arena, referenceEpsilons, new WeightPrefetch(file, false, 0));
  }

  /**
   * @param arena owns what is decoded at load: norms and biases
   * @param referenceEpsilons see {@link #referenceEpsilons()}
   * @param prefetch of the file's weights
   */
  public Checkpoint(
      ModelFile file,
      Source source,
      Arena arena,
      boolean referenceEpsilons,
      WeightPrefetch prefetch) {
    this(file, source, arena, referenceEpsilons, prefetch, UnaryOperator.identity());
  }

  private Checkpoint(
      ModelFile file,
      Source source,
      Arena arena,
      boolean referenceEpsilons,
      WeightPrefetch prefetch,
      UnaryOperator<String> names) {
    this.file = file;
    this.source = source;
    this.arena = arena;
    this.referenceEpsilons = referenceEpsilons;
    this.prefetch = prefetch;
    this.names = names;
  }

  /**
   * Whether norms take the epsilons that transformers builds them with, even where the
   * configuration says otherwise.
   */
  public boolean referenceEpsilons() {
    return referenceEpsilons;
  }

  /** The file itself, with its own names. */
  ModelFile file() {
    return file;
  }

  public Source source() {
    return source;
  }

  /** The same file, with GGUF names translated by {@code table} to those it uses. */
  public Checkpoint withNames(UnaryOperator<String> table) {
    return new Checkpoint(file, source, arena, referenceEpsilons, prefetch, table);
  }

  public boolean has(String name) {
    return file.tensor(names.apply(name)).isPresent();
  }

  /** A matrix of weights, as it lies in the file. */
  public Weights matrix(String name, int rows, int columns) {
    Tensor tensor = require(name);
    check(tensor, List.of((long) rows, (long) columns));
    Optional<BlockScales> scales =
        file.tensor(tensor.name() + "_scale_inv").map(scale -> BlockScales.of(tensor, scale));
    return new Weights(tensor.name(), tensor.type(), rows, columns, tensor.data(), scales);
  }

  /**
   * A stack of matrices in one tensor of shape {@code [count, rows, columns]}, as one matrix of
   * {@code count · rows} rows.
   */
  public Weights stack(String name, int count, int rows, int columns) {
    Tensor tensor = require(name);
    check(tensor, List.of((long) count, (long) rows, (long) columns));
    return new Weights(
        tensor.name(),
        tensor.type(),
        Math.multiplyExact(count, rows),
        columns,
        tensor.data(),
        Optional.empty());
  }

  /**
   * One of the three matrices of each expert of a block: slices of a stack, as GGUF files have
   * them, or tensors of their own.
   *
   * @param part gate, up or down
   */
  public List<Weights> experts(String block, String part, int count, int rows, int columns) {
    List<Weights> experts = new ArrayList<>();
    if (source instanceof Source.Gguf) {
      Weights all = stack(block + "ffn_" + part + "_exps.weight", count, rows, columns);
      for (int e = 0; e < count; e++) {
        experts.add(all.slice(e * rows, rows));
      }
    } else {
      for (int e = 0; e < count; e++) {
        experts.add(matrix(block + "ffn_" + part + "_exp." + e + ".weight", rows, columns));
      }
    }
    return experts;
  }

  /** Whom to tell which of the file's weights come next. */
  public WeightPrefetch prefetch() {
    return prefetch;
  }

  /** Memory that lives as long as the model, for weights that are rearranged at load. */
  public Arena arena() {
    return arena;
  }

  /** A vector (a norm, a bias), decoded. */
  public FloatMatrix vector(String name, int length) {
    Tensor tensor = require(name);
    check(tensor, List.of((long) length));
    if (length % tensor.type().blockSize() != 0) {
      throw new ModelException(
          file.path()
              + ": tensor "
              + tensor.name()
              + " of "
              + length
              + " elements is not whole blocks of type "
              + tensor.type());
    }
    FloatMatrix vector = FloatMatrix.allocate(arena, 1, length);
    ScalarDecoders.of(tensor.type()).decode(tensor.data(), 0, length, vector.segment(), 0);
    return vector;
  }

  /** A vector that not every checkpoint has. */
  public Optional<FloatMatrix> optionalVector(String name, int length) {
    return has(name) ? Optional.of(vector(name, length)) : Optional.empty();
  }

  /** The shape of a tensor, outermost dimension first; empty if the file has none of this name. */
  public Optional<List<Long>> shape(String name) {
    return file.tensor(names.apply(name)).map(Tensor::shape);
  }

  private Tensor require(String name) {
    String stored = names.apply(name);
    return file.tensor(stored)
        .orElseThrow(() -> new ModelException(file.path() + ": tensor " + stored + " is missing"));
  }

  private void check(Tensor tensor, List<Long> expected) {
    if (!tensor.shape().equals(expected)) {
      throw new ModelException(
          file.path()
              + ": tensor "
              + tensor.name()
              + " has shape "
              + tensor.shape()
              + ", but the configuration asks for "
              + expected);
    }
  }
}

package io.longhaul.engine.model;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.kernel.BlockScales;
import io.longhaul.engine.kernel.Weights;
import io.longhaul.engine.kernel.scalar.ScalarDecoders;
import io.longhaul.engine.tensor.FloatMatrix;
import io.longhaul.engine.tensor.Tensor;
import java.lang.foreign.Arena;
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

  /**
   * @param arena owns what is decoded at load: norms and biases
   */
  public Checkpoint(ModelFile file, Source source, Arena arena) {
    this(file, source, arena, UnaryOperator.identity());
  }

  private Checkpoint(ModelFile file, Source source, Arena arena, UnaryOperator<String> names) {
    this.file = file;
    this.source = source;
    this.arena = arena;
    this.names = names;
  }

  public Source source() {
    return source;
  }

  /** The same file, with GGUF names translated by {@code table} to those it uses. */
  public Checkpoint withNames(UnaryOperator<String> table) {
    return new Checkpoint(file, source, arena, table);
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

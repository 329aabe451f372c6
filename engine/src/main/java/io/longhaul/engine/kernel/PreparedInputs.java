package io.longhaul.engine.kernel;

import io.longhaul.engine.kernel.Compute.Product;
import io.longhaul.engine.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The prepared inputs of some products, each input once, in memory that is kept from use to use.
 */
final class PreparedInputs implements AutoCloseable {
  private static final long ALIGNMENT = 64;

  private Arena arena = Arena.ofShared();
  private MemorySegment memory = MemorySegment.NULL;

  /** How a product is to be computed: with its prepared input, or as it is. */
  record Way(Product product, Optional<Prepared> prepared) {}

  /**
   * An input in the form that a product takes.
   *
   * @param offset where it lies in the memory
   */
  record Prepared(PreparedProduct form, FloatMatrix x, int tokens, long offset) {}

  /**
   * A way for each of some products.
   *
   * @param inputs that are to be prepared first
   */
  record Plan(List<Prepared> inputs, List<Way> ways) {}

  /** Chooses a way for each of the products, and makes room for their inputs. */
  Plan plan(Kernels kernels, List<Product> products) {
    List<Prepared> inputs = new ArrayList<>();
    List<Way> ways = new ArrayList<>(products.size());
    long bytes = 0;
    for (Product product : products) {
      Optional<PreparedProduct> form = kernels.preparedProduct(product.weights(), product.tokens());
      Optional<Prepared> input = Optional.empty();
      if (form.isPresent()) {
        input = find(inputs, form.get(), product);
        if (input.isEmpty()) {
          input = Optional.of(new Prepared(form.get(), product.x(), product.tokens(), bytes));
          inputs.add(input.get());
          long taken = form.get().bytes(product.tokens(), product.x().columns());
          bytes += Math.ceilDiv(taken, ALIGNMENT) * ALIGNMENT;
        }
      }
      ways.add(new Way(product, input));
    }
    grow(bytes);
    return new Plan(inputs, ways);
  }

  @SuppressWarnings("ReferenceEquality") // The same rows of the same memory are one object.
  private static Optional<Prepared> find(
      List<Prepared> inputs, PreparedProduct form, Product product) {
    for (Prepared input : inputs) {
      if (input.form == form && input.x == product.x() && input.tokens == product.tokens()) {
        return Optional.of(input);
      }
    }
    return Optional.empty();
  }

  /** The memory of an input of the last plan, and what is behind it. */
  MemorySegment memory(Prepared input) {
    return memory.asSlice(input.offset);
  }

  private void grow(long bytes) {
    if (memory.byteSize() < bytes) {
      arena.close();
      arena = Arena.ofShared();
      memory = arena.allocate(bytes, ALIGNMENT);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}

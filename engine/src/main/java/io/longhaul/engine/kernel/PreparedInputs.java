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

  /** An input in the form that a product takes. */
  record Prepared(PreparedProduct form, FloatMatrix x, int tokens, MemorySegment memory) {}

  /** Chooses a way for each of the products; inputs are yet to be prepared. */
  List<Way> plan(Kernels kernels, List<Product> products) {
    List<Prepared> inputs = new ArrayList<>();
    List<Long> offsets = new ArrayList<>();
    List<Integer> inputOf = new ArrayList<>();
    long bytes = 0;
    for (Product product : products) {
      Optional<PreparedProduct> form = kernels.preparedProduct(product.weights(), product.tokens());
      if (form.isEmpty()) {
        inputOf.add(-1);
        continue;
      }
      int known = find(inputs, form.get(), product);
      if (known < 0) {
        known = inputs.size();
        inputs.add(new Prepared(form.get(), product.x(), product.tokens(), MemorySegment.NULL));
        offsets.add(bytes);
        long taken = form.get().bytes(product.tokens(), product.x().columns());
        bytes += Math.ceilDiv(taken, ALIGNMENT) * ALIGNMENT;
      }
      inputOf.add(known);
    }
    grow(bytes);
    for (int i = 0; i < inputs.size(); i++) {
      Prepared input = inputs.get(i);
      MemorySegment part = memory.asSlice(offsets.get(i));
      inputs.set(i, new Prepared(input.form, input.x, input.tokens, part));
    }
    List<Way> ways = new ArrayList<>();
    for (int i = 0; i < products.size(); i++) {
      int input = inputOf.get(i);
      ways.add(
          new Way(products.get(i), input < 0 ? Optional.empty() : Optional.of(inputs.get(input))));
    }
    return ways;
  }

  @SuppressWarnings("ReferenceEquality") // The same rows of the same memory are one object.
  private static int find(List<Prepared> inputs, PreparedProduct form, Product product) {
    for (int i = 0; i < inputs.size(); i++) {
      Prepared input = inputs.get(i);
      if (input.form == form && input.x == product.x() && input.tokens == product.tokens()) {
        return i;
      }
    }
    return -1;
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

package io.longhaul.engine.kernel;

import io.longhaul.engine.tensor.FloatMatrix;
import java.util.Optional;

/**
 * The arithmetic of the engine on the calling thread. Its twins are {@code Scalar}, the readable
 * reference, and {@code Vector}; {@link KernelChoice} chooses.
 *
 * <p>Every result depends on its own row, token and head alone: how many tokens a call holds and
 * how work is split between threads changes no bit of it.
 */
public interface Kernels {
  /** The twin's name as the {@code --kernels} flag spells it. */
  String name();

  /** Decodes one row of weights: {@code out[outRow] = W[row]}. */
  void decodeRow(Weights weights, int row, FloatMatrix out, int outRow);

  /**
   * A matrix product, some rows of it: {@code y[t][r] = Σ_c W[r][c] · x[t][c]} for the rows {@code
   * firstRow} to {@code firstRow + rows - 1} and the first {@code tokens} tokens.
   */
  void multiply(
      Weights weights,
      int firstRow,
      int rows,
      FloatMatrix x,
      int tokens,
      FloatMatrix y,
      Scratch scratch);

  /**
   * Another way to {@link #multiply} that many tokens with these weights, to about four digits,
   * well within what the weights' type has rounded; empty where there is none or it would not pay.
   */
  default Optional<PreparedProduct> preparedProduct(Weights weights, int tokens) {
    return Optional.empty();
  }

  /**
   * Root mean square norm (Zhang and Sennrich 2019) of a stretch of a row: {@code out = x /
   * sqrt(mean(x²) + epsilon) · weight}. In place where {@code out} is {@code x}.
   *
   * @param weight one row of {@code count} floats
   */
  void rmsNorm(
      FloatMatrix x,
      int row,
      int firstColumn,
      int count,
      FloatMatrix weight,
      float epsilon,
      FloatMatrix out);

  /** SwiGLU (Shazeer 2020): {@code gate = silu(gate) · up}. */
  void siluMultiply(FloatMatrix gate, FloatMatrix up, int row);

  /**
   * GeGLU with the tanh form of GELU (Hendrycks and Gimpel 2016): {@code gate = gelu(gate) · up}.
   */
  void geluMultiply(FloatMatrix gate, FloatMatrix up, int row);

  /** {@code x[row] += delta[deltaRow]}. */
  void add(FloatMatrix x, int row, FloatMatrix delta, int deltaRow);

  /**
   * Attention of some tokens, for the query heads that share one key-value head.
   *
   * @param firstToken the first row of {@code attention.queries()} to handle
   * @param tokens how many rows
   * @param firstHead the first query head
   * @param heads how many query heads, all of the same key-value head
   */
  void attend(
      Attention attention, int firstToken, int tokens, int firstHead, int heads, Scratch scratch);

  /**
   * Layer norm (Ba, Kiros and Hinton 2016) of a whole row: {@code out = (x − mean(x)) / sqrt(var(x)
   * + epsilon) · weight + bias}. In place where {@code out} is {@code x}.
   */
  void layerNorm(
      FloatMatrix x, int row, FloatMatrix weight, FloatMatrix bias, float epsilon, FloatMatrix out);

  /** {@code x[row] += scale · delta[deltaRow]}. */
  void addScaled(FloatMatrix x, int row, FloatMatrix delta, int deltaRow, float scale);

  /**
   * Latent attention of one token over the rows selected for it.
   *
   * @param token which row of the selection
   * @param heads how many query heads, from {@code firstHead} on
   */
  void attendLatent(
      LatentAttention attention, int token, int firstHead, int heads, Scratch scratch);

  /** The indexer's scores of all positions of one page, those after the token's own included. */
  void indexScores(IndexScores scores, int token, int page, Scratch scratch);
}

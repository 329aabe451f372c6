package io.longhaul.engine.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Scores for a vocabulary that SentencePiece made and Hugging Face wrote as merges. SentencePiece
 * joins the pair whose piece has the highest score; merges are sorted by the score of the piece
 * they make, so the rank of a piece's first merge has the same order.
 */
final class SentencePieceScores {
  private final JsonField merges;

  SentencePieceScores(JsonField model) {
    this.merges = model.get("merges");
  }

  /** One score a token; that of a piece no merge makes never matters. */
  double[] of(String[] tokens) {
    Map<String, Integer> ranks = new HashMap<>();
    int rank = 0;
    for (JsonField merge : merges.list()) {
      ranks.putIfAbsent(joined(merge), rank++);
    }
    double[] scores = new double[tokens.length];
    for (int id = 0; id < tokens.length; id++) {
      Integer found = ranks.get(tokens[id]);
      scores[id] = found == null ? 0 : -1.0 - found;
    }
    return scores;
  }

  private static String joined(JsonField merge) {
    if (merge.value() instanceof List<?> pair) {
      StringBuilder text = new StringBuilder();
      pair.forEach(text::append);
      return text.toString();
    }
    String text = merge.string();
    int space = text.indexOf(' ');
    if (space < 0) {
      throw merge.expected("two tokens with a space between");
    }
    return text.substring(0, space) + text.substring(space + 1);
  }
}

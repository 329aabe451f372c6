package io.longhaul.engine.text;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Tokens known by their text, because files do not say what they are for. The lists are
 * llama.cpp's, so that a model stops where it stops there.
 */
final class KnownTokens {
  private KnownTokens() {}

  /** Tokens that end an answer or a turn, where a vocabulary has them. */
  static final List<String> END =
      List.of(
          "<|eot_id|>",
          "<|im_end|>",
          "<|end|>",
          "<|return|>",
          "<|call|>",
          "<|flush|>",
          "<|calls|>",
          "<end_of_turn>",
          "<|endoftext|>",
          "</s>",
          "<|eom_id|>",
          "<EOT>",
          "_<EOT>",
          "[EOT]",
          "[EOS]",
          "<|end_of_text|>",
          "<end_of_utterance>",
          "<eos>",
          "<turn|>",
          "<|tool_response>",
          "<｜end▁of▁sentence｜>",
          "[e~[");

  /**
   * Tokens with which the next turn begins in GLM's vocabularies, which are known by {@link #GLM}:
   * its models end an answer with the turn that they expect, and not every file says so.
   */
  static final List<String> GLM_TURNS = List.of("<|user|>", "<|observation|>");

  static final String GLM = "[gMASK]";

  /** Of each group one: padding, repository and file of fill-in-the-middle. They end too. */
  static final List<List<String>> FILL_IN_THE_MIDDLE_END =
      List.of(
          List.of("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"),
          List.of("<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"),
          List.of("<|file_sep|>"));

  /** The metadata fields that name them, in the same order. */
  static final List<String> FILL_IN_THE_MIDDLE_END_FIELDS =
      List.of(
          "tokenizer.ggml.fim_pad_token_id",
          "tokenizer.ggml.fim_rep_token_id",
          "tokenizer.ggml.fim_sep_token_id");

  /** Prefix, suffix and middle of fill-in-the-middle: control tokens whatever the file says. */
  static final List<List<String>> FILL_IN_THE_MIDDLE =
      List.of(
          List.of(
              "<|fim_prefix|>",
              "<fim-prefix>",
              "<fim_prefix>",
              "<｜fim▁begin｜>",
              "<PRE>",
              "▁<PRE>",
              "<|code_prefix|>",
              "<|prefix|>"),
          List.of(
              "<|fim_suffix|>",
              "<fim-suffix>",
              "<fim_suffix>",
              "<｜fim▁hole｜>",
              "<SUF>",
              "▁<SUF>",
              "<|code_suffix|>",
              "<|suffix|>"),
          List.of(
              "<|fim_middle|>",
              "<fim-middle>",
              "<fim_middle>",
              "<｜fim▁end｜>",
              "<MID>",
              "▁<MID>",
              "<|code_middle|>",
              "<|middle|>"));

  /** The metadata fields that name them, newest name first. */
  static final List<List<String>> FILL_IN_THE_MIDDLE_FIELDS =
      List.of(
          List.of("tokenizer.ggml.fim_pre_token_id", "tokenizer.ggml.prefix_token_id"),
          List.of("tokenizer.ggml.fim_suf_token_id", "tokenizer.ggml.suffix_token_id"),
          List.of("tokenizer.ggml.fim_mid_token_id", "tokenizer.ggml.middle_token_id"));

  /** Parts of the channel format, shown as text whatever the file says. */
  static final List<String> CHANNEL =
      List.of("<|channel|>", "<|message|>", "<|start|>", "<|constrain|>");

  /**
   * Ordinary added tokens that structure a conversation: reasoning and tool calls. Text of a user
   * or a tool that spells one must not become it in a prompt.
   */
  private static final Set<String> MARKERS =
      Set.of(
          "<think>",
          "</think>",
          "<tools>",
          "</tools>",
          "<tool_call>",
          "</tool_call>",
          "<tool_calls>",
          "</tool_calls>",
          "<tool_response>",
          "</tool_response>",
          "<arg_key>",
          "</arg_key>",
          "<arg_value>",
          "</arg_value>",
          "<|tool_call>",
          "<tool_call|>",
          "<|tool_response>",
          "<tool_response|>",
          "<|channel>",
          "<channel|>",
          "/think",
          "/nothink");

  /** Whether a token that is not special structures a prompt all the same. */
  static boolean isMarker(String token) {
    return MARKERS.contains(token)
        || (token.startsWith("<|") && token.endsWith("|>"))
        || (token.startsWith("<｜") && token.endsWith("｜>"));
  }

  /**
   * Takes back what one of the lists is wrong about: {@code <|end|>} only separates messages where
   * the channel format ends with other tokens, and {@code </s>} is an ordinary tag in vocabularies
   * with {@code <|tool_response>} or {@code <|plamo:eos|>}.
   *
   * @param endTexts the texts of the tokens that end an answer
   * @return the texts to take out
   */
  static Set<String> notEnd(Set<String> endTexts) {
    Set<String> out = new TreeSet<>();
    boolean call = endTexts.contains("<|call|>") || endTexts.contains("<|calls|>");
    if (call && (endTexts.contains("<|return|>") || endTexts.contains("<|flush|>"))) {
      out.add("<|end|>");
    }
    if (endTexts.contains("<|tool_response>") || endTexts.contains("<|plamo:eos|>")) {
      out.add("</s>");
    }
    return out;
  }
}

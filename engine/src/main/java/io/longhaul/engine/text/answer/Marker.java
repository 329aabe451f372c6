package io.longhaul.engine.text.answer;

/** A token that structures an answer. */
enum Marker {
  THINK("<think>"),
  END_THINK("</think>"),
  TOOL_CALL("<tool_call>"),
  END_TOOL_CALL("</tool_call>"),
  ARG_KEY("<arg_key>"),
  END_ARG_KEY("</arg_key>"),
  ARG_VALUE("<arg_value>"),
  END_ARG_VALUE("</arg_value>");

  final String text;

  Marker(String text) {
    this.text = text;
  }
}

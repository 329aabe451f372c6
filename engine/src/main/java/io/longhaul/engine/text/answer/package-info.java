/** Answers of a model, from tokens to reasoning, text and tool calls. */
package io.longhaul.engine.text.answer;

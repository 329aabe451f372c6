package io.longhaul.engine.text.answer;

import io.longhaul.engine.text.Tokenizer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Turns the tokens of one answer into {@link AnswerEvent}s while they arrive: reasoning, text and
 * tool calls, which also come straight out of the reasoning. Structure is made by tokens alone,
 * never by text that looks like them. Whatever the tokens are, the sources of the events are their
 * text.
 *
 * <p>Tokens are {@link #accept accepted} at once; or they are {@link #hold held} and their text is
 * {@link #release released} by and by, where something else decides how much of it is the answer,
 * such as stop strings do. Not safe for use by several threads.
 */
public final class AnswerParser {
  /** Text, of a marker or between markers. */
  private record Piece(String text, Optional<Marker> marker) {}

  private final AnswerGrammar grammar;
  private final ToolSchemas tools;
  private final Consumer<AnswerEvent> listener;
  private final Tokenizer.StreamDecoder decoder;
  private final Deque<Piece> held = new ArrayDeque<>();
  private final StringBuilder partOfMarker = new StringBuilder();
  private final boolean beginsInReasoning;
  private long released;
  private boolean begun;
  private boolean finished;
  private boolean inReasoning;
  private int calls;

  /** The call at hand and its report; null between calls. */
  private CallParser call;

  private CallReport report;

  /**
   * For one answer.
   *
   * @param tools that the model was given
   * @param beginsInReasoning see {@link AnswerGrammar#beginsInReasoning}
   * @param listener hears the events, on the thread that accepts the tokens
   */
  public AnswerParser(
      AnswerGrammar grammar,
      ToolSchemas tools,
      boolean beginsInReasoning,
      Consumer<AnswerEvent> listener) {
    this.grammar = grammar;
    this.tools = tools;
    this.beginsInReasoning = beginsInReasoning;
    this.listener = listener;
    this.decoder = grammar.tokenizer().streamDecoder();
  }

  /** Takes a token of the answer. */
  public void accept(int token) {
    hold(token);
    releaseAll();
  }

  /** Takes a token whose text is not yet certain to be part of the answer. */
  public void hold(int token) {
    checkOpen();
    String text = decoder.accept(token);
    Optional<Marker> marker = grammar.marker(token);
    // Before a marker, the decoder gives up what was waiting to become a character.
    int before = marker.map(m -> text.length() - m.text.length()).orElse(text.length());
    hold(new Piece(text.substring(0, before), Optional.empty()));
    hold(new Piece(text.substring(before), marker));
  }

  private void hold(Piece piece) {
    if (!piece.text.isEmpty()) {
      held.add(piece);
    }
  }

  /**
   * Makes events of more of the held text.
   *
   * @param characters how many (UTF-16) more are part of the answer; some may be still to come
   */
  public void release(int characters) {
    checkOpen();
    released += characters;
    drain();
  }

  private void releaseAll() {
    released = held.stream().mapToLong(piece -> piece.text.length()).sum() - partOfMarker.length();
    drain();
  }

  /** Ends the answer with all text of its tokens. */
  public void finish() {
    holdRest();
    releaseAll();
    end();
  }

  /** Ends the answer with what is released; the rest of the held text is not part of it. */
  public void finishReleased() {
    holdRest();
    drain();
    end();
  }

  private void holdRest() {
    checkOpen();
    hold(new Piece(decoder.finish(), Optional.empty()));
  }

  private void checkOpen() {
    if (finished) {
      throw new IllegalStateException("the answer is finished");
    }
  }

  private void drain() {
    begin();
    while (released > 0 && !held.isEmpty()) {
      Piece piece = held.remove();
      int left = piece.text.length() - (piece.marker.isPresent() ? partOfMarker.length() : 0);
      if (piece.marker.isEmpty()) {
        int taken = (int) Math.min(released, left);
        released -= taken;
        putBack(piece.text.substring(taken));
        text(piece.text.substring(0, taken));
      } else if (released >= left) {
        released -= left;
        partOfMarker.setLength(0);
        marker(piece.marker.get());
      } else { // Only a whole marker is one.
        partOfMarker.append(
            piece.text, partOfMarker.length(), partOfMarker.length() + (int) released);
        released = 0;
        held.addFirst(piece);
      }
    }
  }

  private void putBack(String rest) {
    if (!rest.isEmpty()) {
      held.addFirst(new Piece(rest, Optional.empty()));
    }
  }

  private void begin() {
    if (!begun) {
      begun = true;
      if (beginsInReasoning) {
        startReasoning("");
      }
    }
  }

  private void end() {
    if (!partOfMarker.isEmpty()) {
      text(partOfMarker.toString());
    }
    if (call != null) {
      call.truncated();
      endCall();
    }
    if (inReasoning) {
      endReasoning("");
    }
    finished = true;
  }

  private void text(String piece) {
    int inCall = 0;
    if (call != null) {
      inCall = call.text(piece);
      if (inCall < piece.length()) {
        endCall();
      }
    }
    String rest = piece.substring(inCall);
    if (!rest.isEmpty()) {
      listener.accept(
          inReasoning ? new AnswerEvent.ReasoningDelta(rest) : new AnswerEvent.TextDelta(rest));
    }
  }

  private void marker(Marker marker) {
    if (call != null) {
      CallParser.Outcome outcome = call.marker(marker);
      if (outcome == CallParser.Outcome.GOES_ON) {
        return;
      }
      endCall();
      if (outcome == CallParser.Outcome.OVER) {
        return;
      }
    }
    switch (marker) {
      case THINK -> {
        if (inReasoning) {
          misplaced(marker);
        } else {
          startReasoning(marker.text);
        }
      }
      case END_THINK -> {
        if (inReasoning) {
          endReasoning(marker.text);
        } else {
          misplaced(marker);
        }
      }
      case TOOL_CALL -> startCall();
      case END_TOOL_CALL, ARG_KEY, END_ARG_KEY, ARG_VALUE, END_ARG_VALUE -> misplaced(marker);
    }
  }

  private void startReasoning(String source) {
    inReasoning = true;
    listener.accept(new AnswerEvent.ReasoningStart(source));
  }

  private void endReasoning(String source) {
    inReasoning = false;
    listener.accept(new AnswerEvent.ReasoningEnd(source));
  }

  private void misplaced(Marker marker) {
    listener.accept(
        new AnswerEvent.Malformed(marker.text, marker.text + " out of place", inReasoning));
  }

  private void startCall() {
    report = new CallReport(listener, calls, inReasoning);
    report.take(Marker.TOOL_CALL.text);
    call =
        switch (grammar.calls()) {
          case KEYS_AND_VALUES -> new KeyValueCall(report, tools);
          case JSON -> new JsonCall(report);
          case NONE -> throw new IllegalStateException("a tool call without a form");
        };
  }

  private void endCall() {
    if (report.started()) {
      calls++;
    }
    call = null;
    report = null;
  }
}

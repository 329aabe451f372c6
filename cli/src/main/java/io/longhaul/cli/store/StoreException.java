package io.longhaul.cli.store;

import io.longhaul.engine.ModelException;

/** A model cannot be found, fetched, kept or removed. The message is one line for the user. */
public class StoreException extends ModelException {
  private static final long serialVersionUID = 1L;

  public StoreException(String message) {
    super(message);
  }

  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}

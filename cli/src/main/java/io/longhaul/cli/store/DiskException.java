package io.longhaul.cli.store;

/** The store's own disk is full or fails: no other source of the model would help. */
public class DiskException extends StoreException {
  private static final long serialVersionUID = 1L;

  public DiskException(String message) {
    super(message);
  }

  public DiskException(String message, Throwable cause) {
    super(message, cause);
  }
}

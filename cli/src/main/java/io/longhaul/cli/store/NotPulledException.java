package io.longhaul.cli.store;

/** The name is in the catalog, but the model is not in the store yet: the caller may pull it. */
public final class NotPulledException extends StoreException {
  private static final long serialVersionUID = 1L;

  private final String model;

  NotPulledException(String model, String message) {
    super(message);
    this.model = model;
  }

  /** The catalog's name, as {@link Store#pull} takes it. */
  public String model() {
    return model;
  }
}

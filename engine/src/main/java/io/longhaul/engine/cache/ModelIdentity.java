package io.longhaul.engine.cache;

import io.longhaul.engine.ModelException;

/**
 * Which model a cache belongs to: no other one can read its rows.
 *
 * @param name for people: the model's file and architecture
 * @param fingerprint 64 hexadecimal digits that another model, or another quantization of it, does
 *     not have
 */
public record ModelIdentity(String name, String fingerprint) {
  /** Bytes of a fingerprint. */
  static final int FINGERPRINT_BYTES = 32;

  public ModelIdentity {
    if (!fingerprint.matches("[0-9a-f]{" + 2 * FINGERPRINT_BYTES + "}")) {
      throw new ModelException(
          "fingerprint is '" + fingerprint + "', expected 64 hexadecimal digits");
    }
  }
}

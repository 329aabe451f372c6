package io.longhaul.engine.text.template;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** Roles that chat templates know: none of them spells anything but itself. */
final class KnownRoles {
  private static final Set<String> ROLES =
      Set.of("system", "developer", "user", "assistant", "tool", "function", "observation");

  private KnownRoles() {}

  /** Whether the messages have such roles only. */
  static boolean inAll(Object messages) {
    return messages instanceof List<?> list
        && list.stream()
            .allMatch(
                message ->
                    message instanceof Map<?, ?> map
                        && map.get("role") instanceof String role
                        && ROLES.contains(role));
  }
}

package io.longhaul.engine.convert;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the name of a model says, by the rules that gguf guesses by: {@code Qwen/Qwen3-30B-A3B-Chat}
 * has the basename Qwen3, the size 30B-A3B and the finetune Chat.
 */
record ModelName(
    String title,
    Optional<String> organization,
    Optional<String> basename,
    Optional<String> finetune,
    Optional<String> version,
    Optional<String> sizeLabel) {
  private enum Kind {
    BASENAME,
    SIZE,
    FINETUNE,
    VERSION,
    TYPE
  }

  private static final Pattern VERSION = ignoringCase("(v|iter)?\\d+([.]\\d+)*");
  private static final Pattern TYPE = ignoringCase("i?q\\d(_\\w)*|b?fp?(16|32)");
  private static final Pattern SIZE =
      ignoringCase("((A|\\d+x)?\\d+([._]\\d+)?[KMBT]\\d?|small|mini|medium|large|x?xl)");
  private static final Pattern FINETUNE = ignoringCase("chat|instruct|vision|lora");
  private static final Pattern KEEPS_CASE = Pattern.compile("v\\d+(\\.\\d+)*|\\d.*");
  private static final String MULTIPLES = " KMBT";

  private static Pattern ignoringCase(String regex) {
    return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
  }

  /** This name, with what it does not say from another. */
  ModelName or(ModelName other) {
    return new ModelName(
        title.isEmpty() ? other.title : title,
        organization.or(() -> other.organization),
        basename.or(() -> other.basename),
        finetune.or(() -> other.finetune),
        version.or(() -> other.version),
        sizeLabel.or(() -> other.sizeLabel));
  }

  /**
   * Takes a name apart.
   *
   * @param id {@code ORGANIZATION/NAME} or NAME; a path of a file system says nothing
   * @param parameters of the model, to tell sizes from lengths
   */
  static ModelName of(String id, long parameters) {
    Optional<String> none = Optional.empty();
    if (id.isEmpty() || id.chars().filter(c -> c == '/').count() > 1) {
      return new ModelName("", none, none, none, none, none);
    }
    if (id.contains(" ")) {
      return new ModelName(title(id), none, none, none, none, none);
    }
    int slash = id.indexOf('/');
    Optional<String> organization =
        slash <= 0 || id.startsWith(".") ? none : Optional.of(title(id.substring(0, slash)));
    String name = id.substring(slash + 1);
    Parts parts = new Parts(name, parameters);
    Optional<String> size = parts.joined(Kind.SIZE);
    Optional<String> finetune = parts.joined(Kind.FINETUNE);
    Optional<String> version = parts.versionBesideBasename();
    boolean clear = size.isPresent() || finetune.isPresent() || version.isPresent();
    return new ModelName(
        title(name),
        organization,
        clear ? parts.joined(Kind.BASENAME) : none,
        finetune,
        version,
        size);
  }

  private static String title(String text) {
    List<String> words = new ArrayList<>();
    for (String word : text.strip().replace('-', ' ').split("\\s+", -1)) {
      boolean lower =
          word.equals(word.toLowerCase(Locale.ROOT)) && word.chars().anyMatch(Character::isLetter);
      words.add(lower && !KEEPS_CASE.matcher(word).matches() ? capitalized(word) : word);
    }
    return String.join(" ", words);
  }

  /** Each letter after something else than a letter in upper case. */
  private static String capitalized(String word) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < word.length(); i++) {
      boolean first = i == 0 || !Character.isLetter(word.charAt(i - 1));
      out.append(first ? Character.toUpperCase(word.charAt(i)) : word.charAt(i));
    }
    return out.toString();
  }

  /** The pieces between hyphens, each with what it may be. */
  private static final class Parts {
    private final List<String> parts = new ArrayList<>();
    private final List<Set<Kind>> kinds = new ArrayList<>();

    Parts(String name, long parameters) {
      for (String part : name.split("-", -1)) {
        if (!part.isEmpty()) {
          parts.add(part);
          kinds.add(EnumSet.noneOf(Kind.class));
          classify(parts.size() - 1, parameters);
        }
      }
      dropSizesInWords();
      findBasename();
    }

    private void classify(int i, long parameters) {
      String part = parts.get(i);
      if (VERSION.matcher(part).matches()) {
        kinds.get(i).add(Kind.VERSION);
      } else if (TYPE.matcher(part).matches()) {
        kinds.get(i).add(Kind.TYPE);
        parts.set(i, part.toUpperCase(Locale.ROOT));
      } else if (i > 0 && SIZE.matcher(part).matches()) {
        classifySize(i, parameters);
      } else if (i > 0 && FINETUNE.matcher(part).matches()) {
        kinds.get(i).add(Kind.FINETUNE);
      }
    }

    private void classifySize(int i, long parameters) {
      String part = parts.get(i).replace('_', '.');
      int length = part.length();
      if (Character.isDigit(part.charAt(length - 1))) {
        // bloom-7b1
        part =
            part.substring(0, length - 2) + "." + part.charAt(length - 1) + part.charAt(length - 2);
      }
      if (length > 1 && Character.isDigit(part.charAt(length - 2))) {
        part = part.substring(0, length - 1) + Character.toUpperCase(part.charAt(length - 1));
      }
      if (parameters > 0 && isOtherCount(part, parameters)) {
        // Likely a context length.
        kinds.get(i).add(Kind.FINETUNE);
        part = part.substring(0, length - 1) + Character.toLowerCase(part.charAt(length - 1));
      } else {
        kinds.get(i).add(Kind.SIZE);
      }
      parts.set(i, part);
    }

    private static boolean isOtherCount(String size, long parameters) {
      String number = size.substring(0, size.length() - 1);
      if (!number.matches("\\d+(\\.\\d+)?")) {
        return false; // A3B, 8x7B, large
      }
      int power = MULTIPLES.indexOf(size.charAt(size.length() - 1));
      double count = Double.parseDouble(number) * Math.pow(1000, power);
      return Math.abs(count - parameters) > Math.floorDiv(7 * parameters, 8L);
    }

    private void dropSizesInWords() {
      boolean inDigits = false;
      for (int i = 0; i < parts.size(); i++) {
        inDigits |=
            kinds.get(i).contains(Kind.SIZE) && parts.get(i).chars().anyMatch(Character::isDigit);
      }
      for (int i = 0; inDigits && i < parts.size(); i++) {
        if (parts.get(i).chars().allMatch(Character::isLetter)) {
          kinds.get(i).remove(Kind.SIZE);
        }
      }
    }

    private void findBasename() {
      boolean atStart = true;
      for (int i = 0; i < parts.size(); i++) {
        Set<Kind> kind = kinds.get(i);
        boolean plain = kind.isEmpty() && Character.isLetter(parts.get(i).charAt(0));
        if (atStart && (plain || kind.contains(Kind.VERSION))) {
          kind.add(Kind.BASENAME);
        } else {
          atStart = false;
          if (kind.isEmpty()) {
            kind.add(Kind.FINETUNE);
          }
        }
      }
      for (int i = parts.size() - 1; i >= 0; i--) {
        Set<Kind> kind = kinds.get(i);
        if (!kind.contains(Kind.BASENAME) || kind.size() == 1) {
          break;
        }
        kind.remove(Kind.BASENAME);
      }
    }

    Optional<String> joined(Kind kind) {
      Set<String> found = new LinkedHashSet<>();
      List<String> all = new ArrayList<>();
      for (int i = 0; i < parts.size(); i++) {
        if (kinds.get(i).contains(kind)) {
          found.add(parts.get(i));
          all.add(parts.get(i));
        }
      }
      String text = String.join("-", kind == Kind.SIZE ? found : all);
      return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    Optional<String> versionBesideBasename() {
      List<String> found = new ArrayList<>();
      for (int i = 0; i < parts.size(); i++) {
        if (kinds.get(i).contains(Kind.VERSION) && !kinds.get(i).contains(Kind.BASENAME)) {
          found.add(parts.get(i));
        }
      }
      return found.isEmpty() ? Optional.empty() : Optional.of(String.join("-", found));
    }
  }
}

package io.longhaul.engine.text.template;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;

/** The search for long and short needles against Java's own. */
class SearchTest {
  @Property
  void findsWhatStringFinds(
      @ForAll @CharRange(from = 'a', to = 'b') @StringLength(max = 12) String unit,
      @ForAll @CharRange(from = 'a', to = 'b') @StringLength(max = 300) String around,
      @ForAll @IntRange(min = 1, max = 12) int times,
      @ForAll @IntRange(max = 400) int position) {
    String needle = unit.repeat(times).concat("b");
    String text = around + unit.repeat(2 * times) + "b" + around + needle + around;
    Search search = new Search(needle, new Budget(Limits.standard()));
    int at = position % (text.length() + 1);
    assertThat(search.next(text, at)).isEqualTo(text.indexOf(needle, at));
    int last = at < needle.length() ? -1 : text.lastIndexOf(needle, at - needle.length());
    assertThat(search.last(text, at)).isEqualTo(last);
  }
}

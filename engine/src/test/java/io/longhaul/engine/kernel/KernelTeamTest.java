package io.longhaul.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelTeamTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void everyItemIsHandledOnceInEveryLoop(int threads) {
    try (KernelTeam team = new KernelTeam(threads)) {
      for (int round = 0; round < 2000; round++) {
        int items = round % 67;
        AtomicIntegerArray handled = new AtomicIntegerArray(Math.max(1, items));
        team.run(
            items,
            1 + round % 5,
            (from, to, scratch) -> {
              for (int i = from; i < to; i++) {
                handled.incrementAndGet(i);
              }
            });
        for (int i = 0; i < items; i++) {
          assertThat(handled.get(i)).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void threadsThatHaveParkedWakeUp() throws InterruptedException {
    try (KernelTeam team = new KernelTeam(3)) {
      for (int round = 0; round < 5; round++) {
        Thread.sleep(20);
        AtomicInteger sum = new AtomicInteger();
        team.run(100, 1, (from, to, scratch) -> sum.addAndGet(from));
        assertThat(sum).hasValue(4950);
      }
    }
  }

  @Test
  void theCallerParksWhileAHelperIsSlow() {
    Thread caller = Thread.currentThread();
    AtomicBoolean helping = new AtomicBoolean();
    AtomicBoolean parked = new AtomicBoolean();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    try (KernelTeam team = new KernelTeam(2)) {
      team.run(
          2,
          1,
          (from, to, scratch) -> {
            if (Thread.currentThread() == caller) {
              while (!helping.get() && System.nanoTime() < end) {
                Thread.onSpinWait();
              }
              return;
            }
            helping.set(true);
            while (!parked.get() && System.nanoTime() < end) {
              parked.set(LockSupport.getBlocker(caller) != null);
            }
          });
    }
    assertThat(parked).isTrue();
  }

  @Test
  void whatAThreadThrowsIsThrownToTheCallerAndTheTeamGoesOn() {
    try (KernelTeam team = new KernelTeam(2)) {
      for (int bad = 0; bad < 50; bad++) {
        int item = bad;
        assertThatThrownBy(
                () ->
                    team.run(
                        50,
                        1,
                        (from, to, scratch) -> {
                          if (from == item) {
                            throw new IllegalArgumentException("item " + item);
                          }
                        }))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("item " + item);
      }
      AtomicInteger count = new AtomicInteger();
      team.run(50, 1, (from, to, scratch) -> count.incrementAndGet());
      assertThat(count).hasValue(50);
    }
  }

  @Test
  void severalCallersTakeTurns() throws Exception {
    try (KernelTeam team = new KernelTeam(2);
        var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Integer>> tasks = new ArrayList<>();
      for (int caller = 0; caller < 8; caller++) {
        tasks.add(
            () -> {
              int total = 0;
              for (int round = 0; round < 200; round++) {
                AtomicInteger sum = new AtomicInteger();
                team.run(40, 3, (from, to, scratch) -> sum.addAndGet(to - from));
                total += sum.get();
              }
              return total;
            });
      }
      for (var result : callers.invokeAll(tasks)) {
        assertThat(result.get()).isEqualTo(200 * 40);
      }
    }
  }
}

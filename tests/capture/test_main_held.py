"""When the main thread waits inside of TensorFlow for the one that asks, and when it may not."""

from __future__ import annotations

import threading
import time
from typing import Any

import tensorflow as tf

from tensorscope.widget.held import main_waits_for_us


def graph_that_asks(also: Any = lambda: None) -> tuple[Any, list[bool]]:
    """Return a graph that asks from inside, once `also` has returned, and where the answers go."""
    said: list[bool] = []

    def ask() -> None:
        also()
        said.append(main_waits_for_us())

    @tf.function
    def run() -> Any:
        with tf.control_dependencies([tf.py_function(ask, [], [])]):
            return tf.constant(1)

    return run, said


def test_the_main_thread_waits_for_what_its_graph_calls() -> None:
    run, said = graph_that_asks()
    for _ in range(3):
        run()
    assert said == [True] * 3


def test_it_does_not_wait_for_a_thread_of_its_own() -> None:
    said: list[bool] = []
    thread = threading.Thread(target=lambda: said.append(main_waits_for_us()))
    thread.start()
    thread.join()
    assert said == [False]
    assert not main_waits_for_us()


def test_it_does_not_wait_for_the_graph_of_another_thread() -> None:
    run, said = graph_that_asks()
    thread = threading.Thread(target=run)
    thread.start()
    while not said:
        time.sleep(0.001)  # the main thread does something else
    thread.join()
    assert said == [False]


def test_where_two_threads_run_graphs_nobody_can_tell() -> None:
    inside, asked = threading.Event(), threading.Event()

    def stay() -> None:
        inside.set()
        assert asked.wait(20)

    other, _ = graph_that_asks(stay)
    run, said = graph_that_asks(lambda: inside.wait(20))
    thread = threading.Thread(target=other)
    thread.start()
    run()  # asks while the other thread is inside of its own
    asked.set()
    thread.join()
    assert said == [False]

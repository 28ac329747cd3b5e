"""Environments that are broken in one way each, and what `verl-credit check-env` says of them."""

from __future__ import annotations

SAMPLE = """
    def sample_task(self, rng):
        n = int(rng.integers(10, 10_000))
        return Task(f"What is {n} squared?", str(n * n))
"""


def check(text: str) -> str:
    return f"{SAMPLE}\n    def check(self, task, answer):\n        {text}\n"


def init(text: str) -> str:
    return f"\n    def __init__(self, **kwargs):\n        {text}\n{SAMPLE}"


# What the class holds, what is said (# is a number), which line is shown, and what to do.
BROKEN = {
    "int_answer": (
        SAMPLE.replace("str(n * n)", "n * n"),
        "draws: Task.answer is int #, must be text: use str().",
        'return Task(f"What is {n} squared?", n * n)',
        "str(n) for a number n",
    ),
    "none_answer": (
        SAMPLE.replace("str(n * n)", "None"),
        "draws: Task.answer is None, must be text.",
        'return Task(f"What is {n} squared?", None)',
        "return Task(question=..., answer=...)",
    ),
    "no_task": (
        SAMPLE.replace("return ", ""),
        "draws: sample_task must return a Task; got None.",
        "def sample_task(self, rng):",
        "return Task(question=..., answer=...)",
    ),
    "raising_sample": (
        SAMPLE.replace("return", "n = {}[n]\n        return"),
        "draws: sample_task raises KeyError: #.",
        "n = {}[n]",
        "let it return a task for every rng",
    ),
    "empty_answer": (
        SAMPLE.replace("str(n * n)", "''"),
        "draws: Task.answer is empty.",
        "def sample_task(self, rng):",
        "give the correct answer",
    ),
    "raising_check": (
        check("return int(answer) / 0 == 1"),
        "checks: check raises ZeroDivisionError: division by zero on the answer '#'.",
        "return int(answer) / 0 == 1",
        "let it return for every text",
    ),
    "check_raising_on_text": (
        check("return int(answer) == int(task.answer)"),
        "checks: check raises ValueError: invalid literal for int()",
        "return int(answer) == int(task.answer)",
        "let it return for every text",
    ),
    "check_returning_a_number": (
        check("return answer.count(task.answer)"),
        "checks: E.check must return True or False; got 1.",
        "def check(self, task, answer):",
        "let check return True or False",
    ),
    "raising_finished": (
        SAMPLE + "\n    def finished(self, task, answer):\n        return answer[100] == answer\n",
        "judges: finished raises IndexError: string index out of range.",
        "return answer[100] == answer",
        "let it return for every task and every text",
    ),
    "raising_feedback": (
        SAMPLE + "\n    def feedback(self, task, verdict):\n        return verdict.nothing\n",
        "judges: feedback raises AttributeError: 'Verdict' object has no attribute 'nothing'.",
        "return verdict.nothing",
        "let it return for every task and every text",
    ),
    "no_super": (
        init("self.top = 9"),
        "import: E.__init__ does not call super().__init__(**kwargs); let that be its first line.",
        "def __init__(self, **kwargs):",
        "hand kwargs to super().__init__",
    ),
    "argument_without_default": (
        init("super().__init__(**kwargs)").replace("self, **kwargs):", "self, size, **kwargs):"),
        "cannot be made: TypeError: E.__init__() missing 1 required positional argument: 'size'.",
        "def __init__(self, size, **kwargs):",
        "give every argument of __init__ but **kwargs a default",
    ),
    "raising_init": (
        init("self.size = {}['size']"),
        "cannot be made: KeyError: 'size'",
        "self.size = {}['size']",
        "mend that line",
    ),
    "lambda_attribute": (
        init("super().__init__(**kwargs)\n        self.f = lambda n: n * n"),
        "pickles: self.f cannot be pickled",
        "def __init__(self, **kwargs):",
        "keep lambdas, open files, locks and modules out",
    ),
    "three_tasks": (
        SAMPLE.replace("10, 10_000", "3").replace("squared", "plus 1").replace("n * n", "n + 1"),
        "held_out: train and validation share # questions, like 'What is # plus 1?'.",
        "def sample_task(self, rng):",
        "set held_out = False on the class",
    ),
    "counter": (
        "\n    n = 9\n"
        + SAMPLE.replace("n = int(rng.integers(10, 10_000))", "n = self.n = self.n + 1"),
        "determinism: the same seed, stream and index gave another task when asked again.",
        "def sample_task(self, rng):",
        "draw everything in sample_task from its rng",
    ),
    "prose": (
        SAMPLE.replace("str(n * n)", 'f"It is {n} times itself"'),
        "the verifier cannot confirm the answer of task 0, 'It is # times itself': it is prose",
        "def sample_task(self, rng):",
        "or override check",
    ),
    "unreadable_answer": (
        SAMPLE.replace("str(n * n)", 'f"{n} +* 2"'),
        "'# +* 2': the verifier cannot read it",
        "def sample_task(self, rng):",
        "or override check",
    ),
    "answer_in_question": (
        SAMPLE.replace("squared?", "squared? ({n * n})"),
        "unsaid: the answer stands in the question in 32 of 32 tasks, like '#'",
        "def sample_task(self, rng):",
        "leave it out",
    ),
    "long": (
        SAMPLE.replace('squared?"', 'squared?" + " Think." * 3000'),
        "short: a question has 21,021 characters; more than 8,000",
        "def sample_task(self, rng):",
        "ask for less",
    ),
}
HANGING = {
    "looping_check": (
        check("while True:\n            answer += '.'"),
        "checks: check blocks: no result in 3 s for '#'.",
    ),
    "sleeping_check": (
        "\n    import time\n" + check("self.time.sleep(3600)"),
        "checks: check blocks: no result in 3 s for '#'.",
    ),
    "looping_sample": (
        SAMPLE.replace("return", "while n:\n            n += 1\n        return"),
        "draws: sample_task blocks: no result in 5 s.",
    ),
}

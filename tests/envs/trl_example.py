from envs.verify import verify_batch


def correct(completions, answer, **_):
    texts = [c if isinstance(c, str) else c[-1]["content"] for c in completions]
    return [float(verdict.correct) for verdict in verify_batch(answer, texts)]

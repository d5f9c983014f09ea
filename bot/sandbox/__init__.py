"""WeChat's and WeCom's own side as a real HTTP service, for development, demonstration and tests.

It shares no code with the product, so that two independent readings of the platforms' rules check each other:
signatures, AES, XML, limits and error codes are written anew here. `app.create_sandbox` builds the Flask
application, `serve.serve` runs it in a process of its own, and `python -m bot.sandbox` starts one by hand.
"""

"""WeChat and WeCom: verify, decrypt, parse, render, send, fetch media."""

"""The page of words in every package."""

README_TEXT = """瞭望取证包 · Lookout evidence package
================================================================

怎样核验（不需要网络，不需要安装任何软件，只要 Python 3.8 或更新版本）：

  1. 解开本包，取出 verify.py；最好使用您另外得到的 verify.py（例如法院或鉴定机构自己保存的一份）。
  2. 运行：  python -I verify.py 本包.zip
  3. 要确认签名者的身份，请用 --root 给出您从别处取得的根证书：
             python -I verify.py --root root.pem 本包.zip
  4. 要确认日志没有被重写，请用 --published 给出简报上印的“记录数:根值”：
             python -I verify.py --published 1234:根值 本包.zip

  退出码：0 全部核验通过；3 没有发现问题，但有一项没有依据可核（屏幕上会说明）；1 有问题；2 无法读取。

包内有什么：
  items/         封存的文件
  manifest.json  每个文件的大小、SHA-256 与国密 SM3，以及每 16 KiB 的散列；manifest.sig 是对它的签名
  proof.json     存证日志里的记录，以及它们到日志根值的证明（RFC 9162 默克尔树）
  head.json      日志的根值；head.sig 是对它的签名，tokens/ 里是时间戳（RFC 3161）
  certificates/  签名与时间戳的证书
  papers/        供阅读的纸面材料（如存证证明）；由包的签名保护，本身不在日志里

不用本程序也能核验一部分：
  openssl ts -verify -in tokens/head.tsr -token_in -data head.json -CAfile 根证书.pem
  sha256sum items/*

----------------------------------------------------------------

How to verify (no network, nothing to install, only Python 3.8 or newer):

  1. Take verify.py out of this package, or better use a copy that you got elsewhere.
  2. Run:    python -I verify.py PACKAGE.zip
  3. To be sure who signed, name the root certificate that you got elsewhere:
             python -I verify.py --root root.pem PACKAGE.zip
  4. To be sure that the log was not written anew, name what the printed brief says:
             python -I verify.py --published SIZE:ROOT PACKAGE.zip

  Exit codes: 0 all verified; 3 nothing wrong, but something could not be checked for want of what to
  check it against (it is named); 1 something is wrong; 2 cannot be read.

What is inside:
  items/         the sealed files
  manifest.json  size, SHA-256 and SM3 of every file, and digests of each 16 KiB; manifest.sig signs it
  proof.json     the entries in the log and what leads from them to the log's root (RFC 9162)
  head.json      the log's root; head.sig signs it, tokens/ holds time stamps (RFC 3161)
  certificates/  the certificates of signatures and stamps
  papers/        pages for reading, such as the certificate of deposit; signed with the package, not in the log

Part of it can be checked without this program:
  openssl ts -verify -in tokens/head.tsr -token_in -data head.json -CAfile root.pem
  sha256sum items/*
"""

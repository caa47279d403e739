;; What memory allows: $bytes (a multiple of 64) from $from on are read, and nothing else is done.
(module
  (memory (import "env" "memory") 1 65536 shared)

  (func (export "read")
    (param $from i32) (param $bytes i32) (result i32)
    (local $end i32) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end (i32.add (local.get $from) (local.get $bytes)))
    (loop $more
      (local.set $a (v128.xor (local.get $a) (v128.load (local.get $from))))
      (local.set $b (v128.xor (local.get $b) (v128.load offset=16 (local.get $from))))
      (local.set $c (v128.xor (local.get $c) (v128.load offset=32 (local.get $from))))
      (local.set $d (v128.xor (local.get $d) (v128.load offset=48 (local.get $from))))
      (local.set $from (i32.add (local.get $from) (i32.const 64)))
      (br_if $more (i32.lt_u (local.get $from) (local.get $end))))
    (i32x4.extract_lane 0
      (v128.xor
        (v128.xor (local.get $a) (local.get $b))
        (v128.xor (local.get $c) (local.get $d))))))

;; The search kernel: int8 codes of templates against int16 codes of probes, 128-bit SIMD.
;; `npm run build:kernel` makes kernel-binary.ts of it; a test compares the two. kernel.ts says what each function
;; does for its callers, test/gallery/search/kernel-twin.ts does the same in plain JavaScript, bit for bit.
;; Rows are read one after another at rising addresses: several rows at once are no faster alone on the memory bus
;; and up to twice as slow beside a busy neighbour (research/gallery.md 1.3). Longer loop bodies are slower in V8: with 64
;; codes a turn score1 took 39 ns a row instead of 30, with 16 a turn score4 took 115 instead of 89.
(module
  (memory (import "env" "memory") 1 65536 shared)

  (func $sum_f32 (param $v v128) (result f32)
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $v)) (f32x4.extract_lane 1 (local.get $v)))
      (f32.add (f32x4.extract_lane 2 (local.get $v)) (f32x4.extract_lane 3 (local.get $v)))))

  (func $sum_i32 (param $v v128) (result i32)
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $v)) (i32x4.extract_lane 1 (local.get $v)))
      (i32.add (i32x4.extract_lane 2 (local.get $v)) (i32x4.extract_lane 3 (local.get $v)))))

  ;; Codes of four values; $inverse is 127 / largest.
  (func $code4 (param $at i32) (param $inverse v128) (result v128)
    (i32x4.trunc_sat_f32x4_s (f32x4.nearest (f32x4.mul (v128.load (local.get $at)) (local.get $inverse)))))

  ;; Adds the squares of what four codes leave of their values.
  (func $residue4 (param $sum v128) (param $at i32) (param $codes v128) (param $scale v128) (result v128)
    (local $left v128)
    (local.set $left
      (f32x4.sub
        (v128.load (local.get $at))
        (f32x4.mul (f32x4.convert_i32x4_s (local.get $codes)) (local.get $scale))))
    (f32x4.add (local.get $sum) (f32x4.mul (local.get $left) (local.get $left))))

  (func (export "quantize")
    (param $vector i32) (param $stride i32) (param $codes i32) (param $scale_at i32) (param $bound_at i32)
    (local $at i32) (local $end i32) (local $max v128) (local $largest f32)
    (local $scale v128) (local $inverse v128) (local $sum v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end (i32.add (local.get $vector) (i32.shl (local.get $stride) (i32.const 2))))
    (local.set $at (local.get $vector))
    (loop $largest_of_all
      (local.set $max (f32x4.max (local.get $max) (f32x4.abs (v128.load (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $largest_of_all (i32.lt_u (local.get $at) (local.get $end))))
    (local.set $largest
      (f32.max
        (f32.max (f32x4.extract_lane 0 (local.get $max)) (f32x4.extract_lane 1 (local.get $max)))
        (f32.max (f32x4.extract_lane 2 (local.get $max)) (f32x4.extract_lane 3 (local.get $max)))))
    (local.set $scale (f32x4.splat (f32.div (local.get $largest) (f32.const 127))))
    (local.set $inverse
      (f32x4.splat
        (select
          (f32.const 0)
          (f32.div (f32.const 127) (local.get $largest))
          (f32.eq (local.get $largest) (f32.const 0)))))
    (local.set $at (local.get $vector))
    (loop $sixteen
      (local.set $a (call $code4 (local.get $at) (local.get $inverse)))
      (local.set $b (call $code4 (i32.add (local.get $at) (i32.const 16)) (local.get $inverse)))
      (local.set $c (call $code4 (i32.add (local.get $at) (i32.const 32)) (local.get $inverse)))
      (local.set $d (call $code4 (i32.add (local.get $at) (i32.const 48)) (local.get $inverse)))
      (v128.store (local.get $codes)
        (i8x16.narrow_i16x8_s
          (i16x8.narrow_i32x4_s (local.get $a) (local.get $b))
          (i16x8.narrow_i32x4_s (local.get $c) (local.get $d))))
      (local.set $sum (call $residue4 (local.get $sum) (local.get $at) (local.get $a) (local.get $scale)))
      (local.set $sum
        (call $residue4 (local.get $sum) (i32.add (local.get $at) (i32.const 16)) (local.get $b) (local.get $scale)))
      (local.set $sum
        (call $residue4 (local.get $sum) (i32.add (local.get $at) (i32.const 32)) (local.get $c) (local.get $scale)))
      (local.set $sum
        (call $residue4 (local.get $sum) (i32.add (local.get $at) (i32.const 48)) (local.get $d) (local.get $scale)))
      (local.set $codes (i32.add (local.get $codes) (i32.const 16)))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br_if $sixteen (i32.lt_u (local.get $at) (local.get $end))))
    (f32.store (local.get $scale_at) (f32x4.extract_lane 0 (local.get $scale)))
    ;; The factor and the term cover the rounding of these sums (probe-code.ts tells how much that is).
    (f32.store (local.get $bound_at)
      (f32.add
        (f32.mul (f32.sqrt (call $sum_f32 (local.get $sum))) (f32.const 1.0001))
        (f32.const 1e-6))))

  (func (export "score1")
    (param $probe i32) (param $unit f32) (param $codes i32) (param $scales i32)
    (param $rows i32) (param $stride i32) (param $out i32)
    (local $p i32) (local $row_end i32) (local $end i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end
      (i32.add (local.get $codes) (i32.mul (local.get $rows) (local.get $stride))))
    (loop $row
      (local.set $a (v128.const i32x4 0 0 0 0))
      (local.set $b (local.get $a))
      (local.set $c (local.get $a))
      (local.set $d (local.get $a))
      (local.set $p (local.get $probe))
      (local.set $row_end (i32.add (local.get $codes) (local.get $stride)))
      (loop $values
        (local.set $a (i32x4.add (local.get $a)
          (i32x4.dot_i16x8_s (v128.load (local.get $p)) (v128.load8x8_s (local.get $codes)))))
        (local.set $b (i32x4.add (local.get $b)
          (i32x4.dot_i16x8_s (v128.load offset=16 (local.get $p)) (v128.load8x8_s offset=8 (local.get $codes)))))
        (local.set $c (i32x4.add (local.get $c)
          (i32x4.dot_i16x8_s (v128.load offset=32 (local.get $p)) (v128.load8x8_s offset=16 (local.get $codes)))))
        (local.set $d (i32x4.add (local.get $d)
          (i32x4.dot_i16x8_s (v128.load offset=48 (local.get $p)) (v128.load8x8_s offset=24 (local.get $codes)))))
        (local.set $p (i32.add (local.get $p) (i32.const 64)))
        (local.set $codes (i32.add (local.get $codes) (i32.const 32)))
        (br_if $values (i32.lt_u (local.get $codes) (local.get $row_end))))
      (f32.store (local.get $out)
        (f32.mul
          (f32.mul
            (f32.convert_i32_s
              (call $sum_i32
                (i32x4.add
                  (i32x4.add (local.get $a) (local.get $b))
                  (i32x4.add (local.get $c) (local.get $d)))))
            (local.get $unit))
          (f32.load (local.get $scales))))
      (local.set $scales (i32.add (local.get $scales) (i32.const 4)))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (br_if $row (i32.lt_u (local.get $codes) (local.get $end)))))

  ;; The score of a sum for the probe whose unit is at $unit and the row whose scale is at $scale.
  (func $score (param $sum v128) (param $unit i32) (param $scale i32) (result f32)
    (f32.mul
      (f32.mul (f32.convert_i32_s (call $sum_i32 (local.get $sum))) (f32.load (local.get $unit)))
      (f32.load (local.get $scale))))

  ;; Two rows by four probes: each value loaded serves several products.
  (func (export "score4")
    (param $probes i32) (param $units i32) (param $codes i32) (param $scales i32)
    (param $rows i32) (param $stride i32) (param $out i32) (param $plane i32)
    (local $width i32) (local $end i32) (local $row_end i32)
    (local $r0 i32) (local $r1 i32) (local $p0 i32) (local $p1 i32) (local $p2 i32) (local $p3 i32)
    (local $x v128) (local $y v128) (local $q v128)
    (local $a0 v128) (local $a1 v128) (local $a2 v128) (local $a3 v128)
    (local $b0 v128) (local $b1 v128) (local $b2 v128) (local $b3 v128)
    (local.set $width (i32.shl (local.get $stride) (i32.const 1)))
    (local.set $end (i32.add (local.get $codes) (i32.mul (local.get $rows) (local.get $stride))))
    (local.set $r0 (local.get $codes))
    (loop $pair
      (local.set $r1 (i32.add (local.get $r0) (local.get $stride)))
      (local.set $row_end (local.get $r1))
      (local.set $p0 (local.get $probes))
      (local.set $p1 (i32.add (local.get $p0) (local.get $width)))
      (local.set $p2 (i32.add (local.get $p1) (local.get $width)))
      (local.set $p3 (i32.add (local.get $p2) (local.get $width)))
      (local.set $a0 (v128.const i32x4 0 0 0 0))
      (local.set $a1 (local.get $a0)) (local.set $a2 (local.get $a0)) (local.set $a3 (local.get $a0))
      (local.set $b0 (local.get $a0)) (local.set $b1 (local.get $a0))
      (local.set $b2 (local.get $a0)) (local.set $b3 (local.get $a0))
      (loop $values
        (local.set $x (v128.load8x8_s (local.get $r0)))
        (local.set $y (v128.load8x8_s (local.get $r1)))
        (local.set $q (v128.load (local.get $p0)))
        (local.set $a0 (i32x4.add (local.get $a0) (i32x4.dot_i16x8_s (local.get $x) (local.get $q))))
        (local.set $b0 (i32x4.add (local.get $b0) (i32x4.dot_i16x8_s (local.get $y) (local.get $q))))
        (local.set $q (v128.load (local.get $p1)))
        (local.set $a1 (i32x4.add (local.get $a1) (i32x4.dot_i16x8_s (local.get $x) (local.get $q))))
        (local.set $b1 (i32x4.add (local.get $b1) (i32x4.dot_i16x8_s (local.get $y) (local.get $q))))
        (local.set $q (v128.load (local.get $p2)))
        (local.set $a2 (i32x4.add (local.get $a2) (i32x4.dot_i16x8_s (local.get $x) (local.get $q))))
        (local.set $b2 (i32x4.add (local.get $b2) (i32x4.dot_i16x8_s (local.get $y) (local.get $q))))
        (local.set $q (v128.load (local.get $p3)))
        (local.set $a3 (i32x4.add (local.get $a3) (i32x4.dot_i16x8_s (local.get $x) (local.get $q))))
        (local.set $b3 (i32x4.add (local.get $b3) (i32x4.dot_i16x8_s (local.get $y) (local.get $q))))
        (local.set $p0 (i32.add (local.get $p0) (i32.const 16)))
        (local.set $p1 (i32.add (local.get $p1) (i32.const 16)))
        (local.set $p2 (i32.add (local.get $p2) (i32.const 16)))
        (local.set $p3 (i32.add (local.get $p3) (i32.const 16)))
        (local.set $r0 (i32.add (local.get $r0) (i32.const 8)))
        (local.set $r1 (i32.add (local.get $r1) (i32.const 8)))
        (br_if $values (i32.lt_u (local.get $r0) (local.get $row_end))))
      (local.set $p0 (local.get $out))
      (call $store_pair (local.get $a0) (local.get $b0) (local.get $units) (local.get $scales) (local.get $p0))
      (local.set $p0 (i32.add (local.get $p0) (local.get $plane)))
      (call $store_pair (local.get $a1) (local.get $b1)
        (i32.add (local.get $units) (i32.const 4)) (local.get $scales) (local.get $p0))
      (local.set $p0 (i32.add (local.get $p0) (local.get $plane)))
      (call $store_pair (local.get $a2) (local.get $b2)
        (i32.add (local.get $units) (i32.const 8)) (local.get $scales) (local.get $p0))
      (local.set $p0 (i32.add (local.get $p0) (local.get $plane)))
      (call $store_pair (local.get $a3) (local.get $b3)
        (i32.add (local.get $units) (i32.const 12)) (local.get $scales) (local.get $p0))
      (local.set $out (i32.add (local.get $out) (i32.const 8)))
      (local.set $scales (i32.add (local.get $scales) (i32.const 8)))
      (local.set $r0 (local.get $r1))
      (br_if $pair (i32.lt_u (local.get $r0) (local.get $end)))))

  (func $store_pair (param $a v128) (param $b v128) (param $unit i32) (param $scales i32) (param $out i32)
    (f32.store (local.get $out) (call $score (local.get $a) (local.get $unit) (local.get $scales)))
    (f32.store offset=4 (local.get $out)
      (call $score (local.get $b) (local.get $unit) (i32.add (local.get $scales) (i32.const 4)))))

  (func (export "sieve")
    (param $scores i32) (param $bounds i32) (param $owners i32) (param $rows i32)
    (param $slope f32) (param $offset f32) (param $threshold f32) (param $out i32) (result i32)
    (local $row i32) (local $lane i32) (local $at i32) (local $first i32) (local $mask i32)
    (local.set $first (local.get $out))
    (loop $four
      (local.set $at (i32.shl (local.get $row) (i32.const 2)))
      (local.set $mask
        (i32x4.bitmask
          (f32x4.ge
            (f32x4.add
              (v128.load (i32.add (local.get $scores) (local.get $at)))
              (f32x4.add
                (f32x4.mul
                  (v128.load (i32.add (local.get $bounds) (local.get $at)))
                  (f32x4.splat (local.get $slope)))
                (f32x4.splat (local.get $offset))))
            (f32x4.splat (local.get $threshold)))))
      (block $none
        (br_if $none (i32.eqz (local.get $mask)))
        (loop $each
          (local.set $lane (i32.add (local.get $row) (i32.ctz (local.get $mask))))
          (br_if $none (i32.ge_u (local.get $lane) (local.get $rows)))
          (local.set $at (i32.shl (local.get $lane) (i32.const 2)))
          (i32.store (local.get $out) (local.get $lane))
          (i32.store offset=4 (local.get $out)
            (i32.load (i32.add (local.get $owners) (local.get $at))))
          (f32.store offset=8 (local.get $out)
            (f32.load (i32.add (local.get $scores) (local.get $at))))
          (f32.store offset=12 (local.get $out)
            (f32.add
              (f32.mul
                (f32.load (i32.add (local.get $bounds) (local.get $at)))
                (local.get $slope))
              (local.get $offset)))
          (local.set $out (i32.add (local.get $out) (i32.const 16)))
          (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
          (br_if $each (local.get $mask))))
      (local.set $row (i32.add (local.get $row) (i32.const 4)))
      (br_if $four (i32.lt_u (local.get $row) (local.get $rows))))
    (i32.shr_u (i32.sub (local.get $out) (local.get $first)) (i32.const 4)))

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
    (call $sum_i32
      (v128.xor
        (v128.xor (local.get $a) (local.get $b))
        (v128.xor (local.get $c) (local.get $d))))))

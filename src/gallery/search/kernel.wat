;; The search kernel: int8 codes of templates against int16 codes of probes, 128-bit SIMD.
;; `npm run build:kernel` makes kernel-binary.ts of it; a test compares the two. kernel.ts says what each function
;; does for its callers, test/gallery/search/kernel-twin.ts does the same in plain JavaScript, bit for bit.
;; Memory is read once and at rising addresses only, as its read ahead wants it: four rows take turns with eight codes each, so
;; that a loaded value of the probe serves four products, and what else is known of the four lies behind their codes. Measured:
;; 23 ns a row from memory where 20 is the bare read; 32 with scores that are sieved in a second pass; 50 and more where memory
;; ahead is touched. Longer loop bodies are slower in V8, which keeps all their loads in registers at once.
(module
  (memory (import "env" "memory") 1 65536 shared)

  (func $sum_f32 (param $v v128) (result f32)
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $v)) (f32x4.extract_lane 1 (local.get $v)))
      (f32.add (f32x4.extract_lane 2 (local.get $v)) (f32x4.extract_lane 3 (local.get $v)))))

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
    (param $vector i32) (param $stride i32) (param $codes i32) (param $scale_at i32)
    (local $at i32) (local $end i32) (local $max v128) (local $largest f32)
    (local $scale v128) (local $inverse v128) (local $sum v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $all v128)
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
      (local.set $all
        (i8x16.narrow_i16x8_s
          (i16x8.narrow_i32x4_s (local.get $a) (local.get $b))
          (i16x8.narrow_i32x4_s (local.get $c) (local.get $d))))
      (v128.store64_lane 0 (local.get $codes) (local.get $all))
      (v128.store64_lane offset=32 1 (local.get $codes) (local.get $all))
      (local.set $sum (call $residue4 (local.get $sum) (local.get $at) (local.get $a) (local.get $scale)))
      (local.set $sum
        (call $residue4 (local.get $sum) (i32.add (local.get $at) (i32.const 16)) (local.get $b) (local.get $scale)))
      (local.set $sum
        (call $residue4 (local.get $sum) (i32.add (local.get $at) (i32.const 32)) (local.get $c) (local.get $scale)))
      (local.set $sum
        (call $residue4 (local.get $sum) (i32.add (local.get $at) (i32.const 48)) (local.get $d) (local.get $scale)))
      (local.set $codes (i32.add (local.get $codes) (i32.const 64)))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br_if $sixteen (i32.lt_u (local.get $at) (local.get $end))))
    (f32.store (local.get $scale_at) (f32x4.extract_lane 0 (local.get $scale)))
    ;; The factor and the term cover the rounding of these sums (probe-code.ts tells how much that is).
    (f32.store offset=16 (local.get $scale_at)
      (f32.add
        (f32.mul (f32.sqrt (call $sum_f32 (local.get $sum))) (f32.const 1.0001))
        (f32.const 1e-6))))

  ;; One row per lane: its sum from four lanes of $a, $b, $c or $d.
  (func $sums (param $a v128) (param $b v128) (param $c v128) (param $d v128) (result v128)
    (local $ab v128) (local $cd v128)
    (local.set $ab
      (i32x4.add
        (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $a) (local.get $b))
        (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $a) (local.get $b))))
    (local.set $cd
      (i32x4.add
        (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $c) (local.get $d))
        (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $c) (local.get $d))))
    (i32x4.add
      (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $ab) (local.get $cd))
      (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get $ab) (local.get $cd))))

  ;; Writes those of four rows at $out that are in the mask, and below $rows; returns where the next belongs.
  (func $write (param $mask i32) (param $scores v128) (param $slacks v128) (param $owners i32)
    (param $row i32) (param $rows i32) (param $out i32) (result i32)
    (loop $each
      (if (i32.and (local.get $mask) (i32.lt_u (local.get $row) (local.get $rows)))
        (then
          (i32.store (local.get $out) (local.get $row))
          (i32.store offset=4 (local.get $out) (i32.load (local.get $owners)))
          (f32.store offset=8 (local.get $out) (f32x4.extract_lane 0 (local.get $scores)))
          (f32.store offset=12 (local.get $out) (f32x4.extract_lane 0 (local.get $slacks)))
          (local.set $out (i32.add (local.get $out) (i32.const 16)))))
      ;; The next row to the first lane.
      (local.set $scores
        (i8x16.shuffle 4 5 6 7 8 9 10 11 12 13 14 15 0 1 2 3 (local.get $scores) (local.get $scores)))
      (local.set $slacks
        (i8x16.shuffle 4 5 6 7 8 9 10 11 12 13 14 15 0 1 2 3 (local.get $slacks) (local.get $slacks)))
      (local.set $owners (i32.add (local.get $owners) (i32.const 4)))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (local.set $mask (i32.shr_u (local.get $mask) (i32.const 1)))
      (br_if $each (local.get $mask)))
    (local.get $out))

  ;; Scores four rows by their sums and writes those that reach the threshold. Behind their codes, at $group_end, lie their scales,
  ;; bounds and owners; the probe begins with its unit, slope and offset.
  (func $sieve (param $sums v128) (param $probe i32) (param $group_end i32) (param $threshold f32)
    (param $row i32) (param $rows i32) (param $out i32) (result i32)
    (local $scores v128) (local $slacks v128) (local $mask i32)
    (local.set $scores
      (f32x4.mul
        (f32x4.mul (f32x4.convert_i32x4_s (local.get $sums)) (v128.load32_splat (local.get $probe)))
        (v128.load (local.get $group_end))))
    (local.set $slacks
      (f32x4.add
        (f32x4.mul (v128.load offset=16 (local.get $group_end)) (v128.load32_splat offset=4 (local.get $probe)))
        (v128.load32_splat offset=8 (local.get $probe))))
    (local.set $mask
      (i32x4.bitmask
        (f32x4.ge (f32x4.add (local.get $scores) (local.get $slacks)) (f32x4.splat (local.get $threshold)))))
    (if (result i32) (local.get $mask)
      (then
        (call $write
          (local.get $mask) (local.get $scores) (local.get $slacks) (i32.add (local.get $group_end) (i32.const 32))
          (local.get $row) (local.get $rows) (local.get $out)))
      (else (local.get $out))))

  (func (export "scan1")
    (param $probe i32) (param $at i32) (param $rows i32) (param $stride i32) (param $threshold f32)
    (param $out i32) (result i32)
    (local $p i32) (local $group_end i32) (local $row i32) (local $first i32) (local $q v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $first (local.get $out))
    (loop $four_rows
      (local.set $a (v128.const i32x4 0 0 0 0))
      (local.set $b (local.get $a)) (local.set $c (local.get $a)) (local.set $d (local.get $a))
      (local.set $p (local.get $probe))
      (local.set $group_end (i32.add (local.get $at) (i32.shl (local.get $stride) (i32.const 2))))
      (loop $eight_values
        (local.set $q (v128.load offset=16 (local.get $p)))
        (local.set $a (i32x4.add (local.get $a)
          (i32x4.dot_i16x8_s (local.get $q) (v128.load8x8_s (local.get $at)))))
        (local.set $b (i32x4.add (local.get $b)
          (i32x4.dot_i16x8_s (local.get $q) (v128.load8x8_s offset=8 (local.get $at)))))
        (local.set $c (i32x4.add (local.get $c)
          (i32x4.dot_i16x8_s (local.get $q) (v128.load8x8_s offset=16 (local.get $at)))))
        (local.set $d (i32x4.add (local.get $d)
          (i32x4.dot_i16x8_s (local.get $q) (v128.load8x8_s offset=24 (local.get $at)))))
        (local.set $p (i32.add (local.get $p) (i32.const 16)))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (br_if $eight_values (i32.lt_u (local.get $at) (local.get $group_end))))
      (local.set $out
        (call $sieve
          (call $sums (local.get $a) (local.get $b) (local.get $c) (local.get $d))
          (local.get $probe) (local.get $group_end) (local.get $threshold) (local.get $row) (local.get $rows)
          (local.get $out)))
      (local.set $at (i32.add (local.get $group_end) (i32.const 48)))
      (local.set $row (i32.add (local.get $row) (i32.const 4)))
      (br_if $four_rows (i32.lt_u (local.get $row) (local.get $rows))))
    (i32.shr_u (i32.sub (local.get $out) (local.get $first)) (i32.const 4)))

  (func (export "scan2")
    (param $probe0 i32) (param $at i32) (param $rows i32) (param $stride i32)
    (param $threshold0 f32) (param $threshold1 f32) (param $out0 i32) (param $out1 i32) (result i32)
    (local $probe1 i32) (local $p0 i32) (local $p1 i32) (local $group_end i32) (local $row i32)
    (local $first0 i32) (local $first1 i32)
    (local $x v128) (local $q v128) (local $r v128)
    (local $a0 v128) (local $b0 v128) (local $c0 v128) (local $d0 v128)
    (local $a1 v128) (local $b1 v128) (local $c1 v128) (local $d1 v128)
    (local.set $first0 (local.get $out0))
    (local.set $first1 (local.get $out1))
    (local.set $probe1
      (i32.add (local.get $probe0) (i32.add (i32.shl (local.get $stride) (i32.const 1)) (i32.const 16))))
    (loop $four_rows
      (local.set $a0 (v128.const i32x4 0 0 0 0))
      (local.set $b0 (local.get $a0)) (local.set $c0 (local.get $a0)) (local.set $d0 (local.get $a0))
      (local.set $a1 (local.get $a0)) (local.set $b1 (local.get $a0))
      (local.set $c1 (local.get $a0)) (local.set $d1 (local.get $a0))
      (local.set $p0 (local.get $probe0))
      (local.set $p1 (local.get $probe1))
      (local.set $group_end (i32.add (local.get $at) (i32.shl (local.get $stride) (i32.const 2))))
      (loop $eight_values
        (local.set $q (v128.load offset=16 (local.get $p0)))
        (local.set $r (v128.load offset=16 (local.get $p1)))
        (local.set $x (v128.load8x8_s (local.get $at)))
        (local.set $a0 (i32x4.add (local.get $a0)
          (i32x4.dot_i16x8_s (local.get $q) (local.get $x))))
        (local.set $a1 (i32x4.add (local.get $a1)
          (i32x4.dot_i16x8_s (local.get $r) (local.get $x))))
        (local.set $x (v128.load8x8_s offset=8 (local.get $at)))
        (local.set $b0 (i32x4.add (local.get $b0)
          (i32x4.dot_i16x8_s (local.get $q) (local.get $x))))
        (local.set $b1 (i32x4.add (local.get $b1)
          (i32x4.dot_i16x8_s (local.get $r) (local.get $x))))
        (local.set $x (v128.load8x8_s offset=16 (local.get $at)))
        (local.set $c0 (i32x4.add (local.get $c0)
          (i32x4.dot_i16x8_s (local.get $q) (local.get $x))))
        (local.set $c1 (i32x4.add (local.get $c1)
          (i32x4.dot_i16x8_s (local.get $r) (local.get $x))))
        (local.set $x (v128.load8x8_s offset=24 (local.get $at)))
        (local.set $d0 (i32x4.add (local.get $d0)
          (i32x4.dot_i16x8_s (local.get $q) (local.get $x))))
        (local.set $d1 (i32x4.add (local.get $d1)
          (i32x4.dot_i16x8_s (local.get $r) (local.get $x))))
        (local.set $p0 (i32.add (local.get $p0) (i32.const 16)))
        (local.set $p1 (i32.add (local.get $p1) (i32.const 16)))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (br_if $eight_values (i32.lt_u (local.get $at) (local.get $group_end))))
      (local.set $out0
        (call $sieve
          (call $sums (local.get $a0) (local.get $b0) (local.get $c0) (local.get $d0))
          (local.get $probe0) (local.get $group_end) (local.get $threshold0) (local.get $row) (local.get $rows)
          (local.get $out0)))
      (local.set $out1
        (call $sieve
          (call $sums (local.get $a1) (local.get $b1) (local.get $c1) (local.get $d1))
          (local.get $probe1) (local.get $group_end) (local.get $threshold1) (local.get $row) (local.get $rows)
          (local.get $out1)))
      (local.set $at (i32.add (local.get $group_end) (i32.const 48)))
      (local.set $row (i32.add (local.get $row) (i32.const 4)))
      (br_if $four_rows (i32.lt_u (local.get $row) (local.get $rows))))
    (i32.or
      (i32.shr_u (i32.sub (local.get $out0) (local.get $first0)) (i32.const 4))
      (i32.shl (i32.sub (local.get $out1) (local.get $first1)) (i32.const 12)))))

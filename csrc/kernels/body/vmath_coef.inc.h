/* vmath_coef.inc.h: constants and polynomial coefficients of vmath.inc.h, per precision.
 * Included by vmath.inc.h only, which tells how they were found. Each table names what it
 * approximates, the range, and the largest error after rounding the coefficients, relative
 * to the function computed.
 */

#if FNN_REAL == 32

#define VM_MANTISSA 23
#define VM_BIAS 127
#define VM_MAGIC 12583039.0f       /* 1.5 * 2^23 + bias */
#define VM_TWO_MANTISSA 8388608.0f /* 2^23 */
#define VM_TWO_64 18446744073709551616.0f
#define VM_MIN_NORMAL 1.17549435e-38f
#define VM_LOG2E 1.44269502f
#define VM_LN2_HI 0.69317627f      /* 14 bits, so n times it is exact; HI + LO = ln 2 */
#define VM_LN2_LO -2.90889711e-05f
#define VM_SQRT_HALF 0.707106769f
#define VM_SQRT2_LESS_1 0.414213568f
#define VM_RSQRT_2PI 0.398942292f  /* 1 / sqrt(2 pi) */
#define VM_TINY 1e-30f             /* expm1(x) rounds to x below this */
#define VM_EXP_HI 89.0f            /* exp is inf from here */
#define VM_EXP_LO -108.0f          /* exp rounds to 0 from well above */
#define VM_SCALE_LO -153.0f        /* 16 * 2^n rounds to 0 below this */
#define VM_EXPM1_LO -30.0f         /* expm1 rounds to -1 from here */
#define VM_TANH_ONE 10.0f          /* tanh rounds to 1 from here */
#define VM_ERF_SPLIT 0.92f
#define VM_ERF_ONE 4.0f            /* erf rounds to 1 from here */
#define VM_PHI_END 14.7f           /* END phi(-END) rounds to 0 */
#define VM_PHI_K 4.0f

/* (e^r - 1 - r) / r^2, |r| <= 0.3469; 2^-28.2 of e^r */
static const real vm_exp_q[] = {
    0.49999994f, 0.166665167f, 0.0416681059f, 0.00836920552f, 0.00138387375f,
};

/* (2 atanh(s) / s - 2) / z, z = s^2 <= 0.02945; 2^-35.2 */
static const real vm_log_p[] = {
    0.666666627f, 0.400009722f, 0.284988135f, 0.242778823f,
};

/* erf(x) / x - 1, z = x^2 <= 0.8465; 2^-29.2 */
static const real vm_erf_p[] = {
    0.128379166f, -0.376126289f, 0.112836257f, -0.026855709f, 0.00519230776f, -0.000804817711f,
    7.9877922e-05f,
};

/* -log(erfc(u + 1)), 0.919 <= u + 1 <= 4; 2^-26.7 absolute, in erf */
static const real vm_erf_q[] = {
    1.84960556f, 2.63896823f, 0.843098104f, 0.0415440015f, -0.00981841516f, 0.00154453062f,
    6.77859935e-05f, -7.02496109e-05f,
};

/* (t + k) S(t) at u = (t - k) / (t + k), 0 <= t <= 14.5; 2^-25.2 */
static const real vm_phi_p[] = {
    0.755285144f, -0.607896566f, 0.387136251f, -0.18652378f, 0.0604115054f, -0.00752207916f,
    -0.00354095548f, 0.00155383686f, 0.000212818093f, -0.000106620209f,
};

/* (phi(x) - 1/2) / x, z = x^2 <= 1; 2^-27.9 of phi(-|x|) */
static const real vm_phi_near_p[] = {
    0.398942292f, -0.0664905384f, 0.00997416303f, -0.00118801813f, 0.000115015224f,
    -8.16752981e-06f,
};

#else /* FNN_REAL == 64 */

#define VM_MANTISSA 52
#define VM_BIAS 1023
#define VM_MAGIC 6755399441056767.0       /* 1.5 * 2^52 + bias */
#define VM_TWO_MANTISSA 4503599627370496.0 /* 2^52 */
#define VM_TWO_64 18446744073709551616.0
#define VM_MIN_NORMAL 2.2250738585072014e-308
#define VM_LOG2E 1.4426950408889634
#define VM_LN2_HI 0.6931471805601177      /* 41 bits, so n times it is exact; HI + LO = ln 2 */
#define VM_LN2_LO -1.7239444525614835e-13
#define VM_SQRT_HALF 0.70710678118654757
#define VM_SQRT2 1.4142135623730951
#define VM_SQRT2_LESS_1 0.41421356237309503
#define VM_RSQRT_2PI 0.3989422804014327   /* 1 / sqrt(2 pi) */
#define VM_TINY 1e-290
#define VM_EXP_HI 710.0
#define VM_EXP_LO -749.0
#define VM_SCALE_LO -1078.0
#define VM_EXPM1_LO -60.0
#define VM_TANH_ONE 20.0
#define VM_ERF_SPLIT 0.92
#define VM_ERF_ONE 6.0
#define VM_PHI_END 39.0
#define VM_PHI_K 4.5

/* (e^r - 1 - r) / r^2, |r| <= 0.3469; 2^-57.7 of e^r */
static const real vm_exp_q[] = {
    0.50000000000000111, 0.16666666666666433, 0.041666666666525749, 0.0083333333334766925,
    0.0013888888944885392, 0.0001984126955656752, 2.4801491683152602e-05,
    2.7557531728214482e-06, 2.7630795943853974e-07, 2.502037954829247e-08,
};

/* (2 atanh(s) / s - 2) / z, z = s^2 <= 0.02945; 2^-66.5 */
static const real vm_log_p[] = {
    0.66666666666666663, 0.40000000000004932, 0.28571428569407048, 0.22222222607741074,
    0.18181778284366104, 0.15386992263364277, 0.13252065580346606, 0.13235570436400446,
};

/* erf(x) / x - 1, z = x^2 <= 0.8465; 2^-56.0 */
static const real vm_erf_p[] = {
    0.12837916709551259, -0.37612638903184087, 0.11283791670970017, -0.026866170647713749,
    0.0052239776482789742, -0.00085483281872591088, 0.00012055369102603182,
    -1.4926337304961445e-05, 1.6469624424801048e-06, -1.6399898307632132e-07,
    1.4653695595717619e-08, -9.7642664899882471e-10,
};

/* (t + k) S(t) at u = (t - k) / (t + k), 0 <= t <= 39; 2^-54.0 */
static const real vm_phi_p[] = {
    0.76323052897020316, -0.64025776025261716, 0.44645251705567768, -0.2531417999509592,
    0.11138259657023794, -0.033871326177451234, 0.0042236133800386778, 0.0017488305720232936,
    -0.00091774650388761641, 6.3811204958887198e-06, 0.00011204272483813692,
    -1.5932952141327231e-05, -1.4235988181489727e-05, 3.189868429847231e-06,
    2.1429105097536172e-06, -4.9977263733355492e-07, -3.7888620338905813e-07,
    6.158103853141965e-08, 6.9437082342949633e-08, -3.316664665063154e-09,
    -1.0111327122222739e-08, -5.242006511727834e-10, 6.3632793772089535e-10,
};

/* (phi(x) - 1/2) / x, z = x^2 <= 1; 2^-57.0 of phi(-|x|) */
static const real vm_phi_near_p[] = {
    0.3989422804014327, -0.066490380066907398, 0.0099735570100823664, -0.0011873282160020839,
    0.00011543469090304698, -9.4446690236349803e-06, 6.6600139423714872e-07,
    -4.1279669942913239e-08, 2.3309020370581279e-09, -1.5212275890229685e-10,
    2.0330441843748111e-11, -2.7760646603310016e-12,
};

#endif

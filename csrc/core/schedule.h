/* schedule.h: exp, log, cos and power in double for learning-rate schedules, the same bits on
 * every machine: additions, multiplications and divisions only, nothing of the C library. */
#ifndef FNN_SCHEDULE_H
#define FNN_SCHEDULE_H

/* Relative error below 4e-16 where the result is a normal number; 0 below exp(-708), inf
 * above exp(709). */
double fnn_exp(double x);
/* Absolute error below 4e-16 + 2e-16 |log(x)|; x > 0 and normal. */
double fnn_log(double x);
/* cos(pi x), absolute error below 4e-16; exact where x is a multiple of 1/2. |x| < 2^52. */
double fnn_cospi(double x);
/* x^y: 0^0 = 1; NaN for x < 0 with y not an integer. Relative error below
 * 4e-16 (1 + |y log(x)|), and below 1.2e-16 |y| for integers |y| <= 64. */
double fnn_power(double x, double y);

#endif /* FNN_SCHEDULE_H */
